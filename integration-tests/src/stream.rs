//! A browser's end of the live stream.

use crate::service::Service;
use anyhow::{Context as _, bail};
use bytes::{Buf as _, BytesMut};
use futures_util::StreamExt as _;
use serde_json::Value;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// One server-sent event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its kind, such as `presence`.
    pub kind: String,
    /// Its data.
    pub data: Value,
    /// When it was read.
    pub at: Instant,
}

/// An open live stream.
pub struct Events {
    chunks: Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
    received: BytesMut,
    at: Instant,
}

impl Events {
    /// Opens the stream for these topics.
    pub async fn open(service: &Service, topics: &str) -> anyhow::Result<Self> {
        let answer = service.get(&format!("/api/v1/stream?topics={topics}")).await?;
        let kind = answer.headers().get("content-type").context("no content type")?.to_str()?.to_owned();
        anyhow::ensure!(kind.starts_with("text/event-stream"), "the stream is {kind}");
        Ok(Self { chunks: Box::pin(answer.bytes_stream()), received: BytesMut::new(), at: Instant::now() })
    }

    /// The next event; `None` when the server ended the stream.
    pub async fn next(&mut self, within: Duration) -> anyhow::Result<Option<Event>> {
        let until = tokio::time::Instant::now() + within;
        loop {
            if let Some(event) = self.take()? {
                return Ok(Some(event));
            }
            let chunk =
                tokio::time::timeout_at(until, self.chunks.next()).await.context("no event in time")?;
            match chunk {
                Some(chunk) => self.received.extend_from_slice(&chunk?),
                None => return Ok(None),
            }
            self.at = Instant::now();
        }
    }

    /// The next event of this kind for which `wanted` holds.
    pub async fn wait_for(
        &mut self,
        within: Duration,
        kind: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Event> {
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.next(left).await? {
                Some(event) if event.kind == kind && wanted(&event.data) => return Ok(event),
                Some(_) => {}
                None => bail!("the stream ended before the event came"),
            }
        }
    }

    fn take(&mut self) -> anyhow::Result<Option<Event>> {
        while let Some(end) = self.received.windows(2).position(|pair| pair == b"\n\n") {
            let text = String::from_utf8(self.received.split_to(end).to_vec())?;
            self.received.advance(2);
            let field = |name: &str| {
                let values = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                values.collect::<Vec<_>>().join("\n")
            };
            let data = field("data");
            if !data.is_empty() {
                let data = serde_json::from_str(&data).with_context(|| format!("not JSON: {data}"))?;
                return Ok(Some(Event { kind: field("event"), data, at: self.at }));
            }
        }
        Ok(None)
    }
}
