//! Somebody who asks the service for something, over HTTP or HTTPS: as nobody, signed in, or with a token.

use anyhow::{Context as _, ensure};
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, ORIGIN};
use reqwest::{Certificate, Method};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU16, Ordering};

use crate::service::urlencode;

/// Somebody, with an address of their own, so that none uses up another's budget.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who they are, for messages.
    pub name: String,
    /// How they come in.
    pub by: By,
    /// Their address.
    pub address: IpAddr,
    url: String,
    client: reqwest::Client,
}

/// How somebody comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Not at all.
    Nothing,
    /// By the cookie of a session, with what its forms have to bring.
    Cookie {
        /// The cookie's name.
        name: String,
        /// The session's id.
        value: String,
        /// The token against forged requests.
        csrf: String,
    },
    /// With a token.
    Token(String),
}

/// What a request carries.
#[derive(Debug, Clone, Copy)]
pub enum Sent<'a> {
    /// Nothing.
    Nothing,
    /// A form; the token of the session is added.
    Form(&'a [(&'a str, &'a str)]),
    /// JSON.
    Json(&'a Value),
    /// Anything of this kind.
    Raw(&'a str, &'a [u8]),
}

/// An answer, all of it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it came.
    pub body: Vec<u8>,
}

/// The first addresses are those of other tests.
static ADDRESSES: AtomicU16 = AtomicU16::new(3 << 8);

/// Between the parts of a form with a file.
const BOUNDARY: &str = "----tikwatch-7Kx";

impl Visitor {
    /// Nobody in particular, at the service of this address; `root` is what it shows its certificate for, as PEM.
    pub fn new(url: &str, root: Option<&[u8]>) -> anyhow::Result<Self> {
        let [third, fourth] = ADDRESSES.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let address = IpAddr::V4(Ipv4Addr::new(127, 0, third, fourth));
        let builder =
            reqwest::Client::builder().local_address(address).redirect(reqwest::redirect::Policy::none());
        let builder = match root {
            Some(pem) => builder.tls_certs_only([Certificate::from_pem(pem)?]),
            None => builder,
        };
        let (name, url) = ("nobody".to_owned(), url.to_owned());
        Ok(Self { name, by: By::Nothing, address, url, client: builder.build()? })
    }

    /// The same at another address of the service.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// The same under another name.
    #[must_use]
    pub fn called(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The same, coming in like this.
    #[must_use]
    pub fn by(&self, by: By) -> Self {
        Self { by, ..self.clone() }
    }

    /// The same with a token.
    #[must_use]
    pub fn with_token(self, name: &str, token: &str) -> Self {
        Self { name: name.to_owned(), by: By::Token(token.to_owned()), ..self }
    }

    /// The same with the cookie of an answer, if it let them in.
    pub async fn let_in(self, name: &str, answer: &Answer) -> anyhow::Result<Self> {
        let (cookie, value) =
            answer.cookie().with_context(|| format!("{name} was not let in: {}", answer.text()))?;
        let by = By::Cookie { name: cookie, value, csrf: String::new() };
        let mut visitor = Self { name: name.to_owned(), by, ..self };
        let page = visitor.get("/account").await?;
        // A wall display has no account, and no form on its pages.
        let token = page.between("name=\"csrf\" value=\"", "\"").unwrap_or_default();
        if let By::Cookie { csrf, .. } = &mut visitor.by {
            *csrf = token;
        }
        Ok(visitor)
    }

    /// The same, signed in with name and password.
    pub async fn sign_in(self, name: &str, password: &str, code: &str) -> anyhow::Result<Self> {
        let form = [("name", name), ("password", password), ("code", code), ("next", "/")];
        let answer = self.send("POST", "/sign-in", Sent::Form(&form)).await?;
        ensure!(answer.status == 303, "{name} cannot sign in: {} {}", answer.status, answer.text());
        self.let_in(name, &answer).await
    }

    /// Asks for this.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send("GET", path, Sent::Nothing).await
    }

    /// Sends this.
    pub async fn send(&self, method: &str, path: &str, sent: Sent<'_>) -> anyhow::Result<Answer> {
        self.send_with(method, path, sent, HeaderMap::new()).await
    }

    /// Sends a form with a file, as a browser does without scripts; the token of the session is among its fields.
    pub async fn choose(&self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> anyhow::Result<Answer> {
        let mut body = Vec::new();
        let csrf = match &self.by {
            By::Cookie { csrf, .. } => Some(("csrf", csrf.as_str())),
            By::Nothing | By::Token(_) => None,
        };
        for (name, value) in csrf.iter().chain(fields) {
            let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\nContent-Type: \
             application/json\r\n\r\n"
        );
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        body.extend([head.as_bytes(), file, end.as_bytes()].concat());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.without_token().send("POST", path, Sent::Raw(&kind, &body)).await
    }

    /// The same, without the header by which scripts bring the token of the session.
    #[must_use]
    pub fn without_token(&self) -> Self {
        let mut other = self.clone();
        if let By::Cookie { csrf, .. } = &mut other.by {
            csrf.clear();
        }
        other
    }

    /// Asks for this in an encoding.
    pub async fn get_as(&self, path: &str, encoding: &'static str) -> anyhow::Result<Answer> {
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(encoding))]);
        self.send_with("GET", path, Sent::Nothing, headers).await
    }

    /// Sends this with further headers, which come before those that belong to a visitor.
    pub async fn send_with(
        &self,
        method: &str,
        path: &str,
        sent: Sent<'_>,
        more: HeaderMap,
    ) -> anyhow::Result<Answer> {
        let answer = self.begin(method, path, sent, more).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, body: answer.bytes().await?.to_vec() })
    }

    /// The same, with the body still to come.
    pub async fn begin(
        &self,
        method: &str,
        path: &str,
        sent: Sent<'_>,
        more: HeaderMap,
    ) -> anyhow::Result<reqwest::Response> {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, self.url.parse()?);
        let mut token = None;
        match &self.by {
            By::Nothing => {}
            By::Cookie { name, value, csrf } => {
                headers.insert(COOKIE, format!("{name}={value}").parse()?);
                token = Some(csrf);
            }
            By::Token(token) => {
                headers.insert(AUTHORIZATION, format!("Bearer {token}").parse()?);
            }
        }
        let body = match sent {
            Sent::Nothing => Vec::new(),
            Sent::Form(fields) => {
                headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse()?);
                let csrf = token.take().map(|token| ("csrf", token.as_str()));
                let fields = csrf.into_iter().chain(fields.iter().copied());
                let fields = fields.map(|(name, value)| format!("{name}={}", urlencode(value)));
                fields.collect::<Vec<_>>().join("&").into_bytes()
            }
            Sent::Json(value) => {
                headers.insert(CONTENT_TYPE, "application/json".parse()?);
                serde_json::to_vec(value)?
            }
            Sent::Raw(kind, bytes) => {
                headers.insert(CONTENT_TYPE, kind.parse()?);
                bytes.to_vec()
            }
        };
        // A form brings it among its fields.
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            headers.insert("x-csrf-token", token.parse()?);
        }
        headers.extend(more);
        let request =
            self.client.request(Method::from_bytes(method.as_bytes())?, format!("{}{path}", self.url));
        Ok(request.headers(headers).body(body).send().await?)
    }
}

impl Answer {
    /// Its body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Its body as JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("no JSON: {} {}", self.status, self.text()))
    }

    /// One of its headers, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Name and value of the cookie that it sets.
    pub fn cookie(&self) -> Option<(String, String)> {
        let (name, value) = self.header("set-cookie")?.split(';').next()?.split_once('=')?;
        Some((name.to_owned(), value.to_owned())).filter(|(_, value)| !value.is_empty())
    }

    /// What stands in its body after this and before that, for the first time.
    pub fn between(&self, before: &str, after: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(before)?;
        Some(rest.split_once(after)?.0.to_owned())
    }
}
