//! A real server on loopback, and clients of all kinds of slowness.

use super::*;
use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use bytes::Bytes;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::interval;

const BIG: usize = 8 << 20;

/// Everybody who is slow must be gone by then.
const ALL_GONE: Duration = Duration::from_secs(45);

struct Server {
    address: SocketAddr,
    watch: Watch,
    handle: ServerHandle,
    streams: Streams,
}

/// One reference in each server and test, shared by all their copies, and one for each stream that has not ended.
type Streams = Arc<Arc<()>>;

impl Server {
    fn start() -> Self {
        let (watch, streams) = (Watch::start(), Streams::default());
        let (connected, counted) = (watch.clone(), Data::from(Arc::clone(&streams)));
        let server = HttpServer::new(move || {
            App::new()
                .wrap(from_fn(cut))
                .app_data(counted.clone())
                .route("/ping", web::get().to(async || "pong"))
                .route("/echo", web::post().to(async |body: Bytes| body))
                .route("/ignore", web::post().to(async || "ignored"))
                .route("/late", web::post().to(late))
                .route("/big", web::get().to(async || HttpResponse::Ok().body(Bytes::from(vec![b'x'; BIG]))))
                .route("/stream", web::get().to(stream))
        })
        .on_connect(move |connection, data| connected.connected(connection, data))
        .keep_alive(KEEP_ALIVE)
        .workers(2)
        .disable_signals()
        .bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        rt::spawn(server);
        Self { address, watch, handle, streams }
    }

    async fn send(&self, head: &str) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        client.write_all(head.as_bytes()).await.unwrap();
        client
    }

    /// Sends something and reads all that comes until the server closes.
    async fn ask(&self, request: &str) -> String {
        let client = self.send(request).await;
        rest(client).await
    }
}

/// Reads its body only after the time for bodies is over.
async fn late(_: HttpRequest, body: web::Payload) -> Result<Bytes, Error> {
    tokio::time::sleep(BODY_WITHIN + Duration::from_secs(1)).await;
    body.to_bytes().await
}

/// Frames of 4 KiB, 50 a second, for ever.
async fn stream(streams: Data<Arc<()>>) -> HttpResponse {
    let streams = Arc::clone(streams.get_ref());
    let frames = futures_util::stream::unfold(
        (streams, interval(Duration::from_millis(20))),
        async |(streams, mut ticks)| {
            ticks.tick().await;
            Some((Ok::<_, Infallible>(Bytes::from(vec![b'x'; 4 << 10])), (streams, ticks)))
        },
    );
    HttpResponse::Ok().streaming(frames)
}

/// What comes until the connection ends, one way or the other.
async fn rest(mut client: impl AsyncRead + Unpin) -> String {
    let mut text = Vec::new();
    let _ = client.read_to_end(&mut text).await;
    String::from_utf8(text).unwrap()
}

/// Says one byte each second until the server hangs up; gives what the server said.
fn trickle(client: TcpStream, bytes: &'static [u8]) -> JoinHandle<String> {
    tokio::spawn(async move {
        let (reading, mut writing) = client.into_split();
        let writer = tokio::spawn(async move {
            let mut seconds = interval(Duration::from_secs(1));
            for byte in bytes.iter().cycle() {
                seconds.tick().await;
                if writing.write_all(&[*byte]).await.is_err() {
                    return;
                }
            }
        });
        let answer = rest(reading).await;
        writer.abort();
        answer
    })
}

/// Reads so many bytes each time until the connection ends.
fn read_slowly(mut client: TcpStream, bytes: usize, every: Duration) -> JoinHandle<usize> {
    tokio::spawn(async move {
        let (mut ticks, mut room, mut all) = (interval(every), vec![0; bytes], 0);
        loop {
            ticks.tick().await;
            match client.read(&mut room).await {
                Ok(0) | Err(_) => return all,
                Ok(read) => all += read,
            }
        }
    })
}

fn check_problem(answer: &str, status: u16, word: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(answer.contains("content-type: application/problem+json"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(answer.contains(&format!("\"type\":\"tikwatch:{word}\"")), "{answer}");
}

#[actix_web::test]
async fn whoever_is_slow_is_cut_and_everybody_else_is_served() {
    let server = Server::start();
    let began = Instant::now();
    let (mut bodies, mut unread, mut silent, mut readers, mut holding) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..50 {
        let client =
            server.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n").await;
        bodies.push(trickle(client, b"x"));
        let client = server.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        if number % 2 == 0 {
            readers.push(read_slowly(client, 1, Duration::from_secs(1)));
        } else {
            holding.push(client);
        }
        holding.push(server.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n").await);
    }
    for _ in 0..5 {
        let chunked = "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
        unread.push(trickle(server.send(&format!("POST /ignore {chunked}")).await, b"1\r\nx\r\n"));
        bodies.push(trickle(server.send(&format!("POST /late {chunked}")).await, b"1\r\nx\r\n"));
        let ping = "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n";
        silent.push(trickle(
            server.send(ping).await,
            b"GET /ping?x HTTP/1.1\r\nA: aaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
        ));
    }
    let whole = server.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let whole = read_slowly(whole, 64 << 10, Duration::from_millis(10));
    let patient = server.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let patient = read_slowly(patient, 16 << 10, Duration::from_secs(1));

    // The two that are honest stay; between two pings nobody else is there in the end.
    let (mut pings, mut left, mut most) = (interval(Duration::from_millis(50)), 0, 0);
    while 2 < left || most < 3 * 50 + 3 * 5 + 2 {
        pings.tick().await;
        let answer = server.ask("GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
        assert!(answer.ends_with("pong"), "{answer}");
        left = server.watch.connections();
        most = most.max(left);
        assert!(began.elapsed() < ALL_GONE, "{left} of {most} connections are left");
    }
    assert!(!whole.is_finished(), "who reads its stream keeps it");
    assert!(!patient.is_finished(), "16 KiB a second are enough");
    for body in bodies {
        check_problem(&body.await.unwrap(), 408, "body_too_slow");
    }
    for one in unread {
        let answer = one.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("connection: close"), "{answer}");
    }
    for one in silent {
        assert!(one.await.unwrap().ends_with("pong"));
    }
    assert_eq!(Arc::strong_count(&*server.streams), 2, "the bodies of all streams but one are gone");
    for one in readers.into_iter().chain([whole, patient]) {
        // What the kernel has taken for them would last them a day.
        one.abort();
    }
    drop(holding);
    server.handle.stop(false).await;
}

#[actix_web::test]
async fn a_body_that_is_too_large_is_refused_however_it_comes() {
    let server = Server::start();
    let post = |headers: &str, body: &str| {
        format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n\r\n{body}")
    };
    let most = "y".repeat(MOST_BODY);
    let whole = server.ask(&post(&format!("Content-Length: {MOST_BODY}"), &most)).await;
    assert!(whole.starts_with("HTTP/1.1 200 ") && whole.ends_with(&most));
    // Not a byte of it has to come.
    let announced = server.ask(&post(&format!("Content-Length: {}", MOST_BODY + 1), "")).await;
    check_problem(&announced, 413, "body_too_large");
    let chunked = server.ask(&post("Transfer-Encoding: chunked", &format!("10001\r\n{most}y"))).await;
    check_problem(&chunked, 413, "body_too_large");
    server.handle.stop(false).await;
}

#[actix_web::test]
async fn a_large_answer_arrives_whole_and_the_connection_serves_on() {
    let server = Server::start();
    let two = "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n\
        GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answers = server.ask(two).await;
    assert!(answers.contains(&format!("content-length: {BIG}\r\n")));
    assert!(answers.contains(&"x".repeat(BIG)));
    assert!(answers.ends_with("pong"));
    server.handle.stop(false).await;
}
