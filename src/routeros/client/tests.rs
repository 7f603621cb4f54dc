use super::*;
use crate::routeros::sentence::put_sentence;
use crate::routeros::stream::Protection;
use tokio::io::DuplexStream;

const DEADLINE: Duration = Duration::from_secs(10);

fn connected() -> (Connected, DuplexStream) {
    let (near, far) = tokio::io::duplex(4096);
    let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 8728));
    let stream = Stream::Memory(near);
    (Connected { stream, protection: Protection::Clear, fingerprint: None, peer }, far)
}

/// Signs in at a router that says `!done` to everything until it has said it once.
async fn client() -> (Client, DuplexStream) {
    let (connected, mut far) = connected();
    let password = SecretString::from("p");
    let options = ClientOptions::default();
    let (client, ()) = tokio::join!(
        Client::sign_in(connected, "u", &password, options, DEADLINE),
        answer(&mut far, &[&[b"!done"]]),
    );
    (client.unwrap(), far)
}

/// Waits for a sentence, then says these.
async fn answer(far: &mut DuplexStream, sentences: &[&[&[u8]]]) {
    let mut heard = Vec::new();
    while heard.last() != Some(&0) {
        far.read_buf(&mut heard).await.unwrap();
    }
    let mut out = Vec::new();
    for sentence in sentences {
        put_sentence(&mut out, sentence.iter().copied());
    }
    far.write_all(&out).await.unwrap();
}

/// The outcome of a question and its rows' names when the router says these sentences.
async fn ask(sentences: &[&[&[u8]]]) -> (Result<Outcome, ExchangeError>, Vec<String>) {
    let (mut client, mut far) = client().await;
    let mut names = Vec::new();
    let command = Command::new("/interface/print");
    let asking = client.ask(&command, |row| names.push(row.text("name").unwrap().into_owned()));
    let (outcome, ()) = tokio::join!(asking, answer(&mut far, sentences));
    (outcome, names)
}

#[tokio::test]
async fn a_question_gives_its_rows_and_its_outcome() {
    let (outcome, names) = ask(&[&[b"!re", b"=name=a"], &[b"!re", b"=name=b"], &[b"!done", b"=ret=2"]]).await;
    let outcome = outcome.unwrap();
    assert_eq!((outcome.rows, outcome.ret.as_deref(), names.join(",").as_str()), (2, Some(&b"2"[..]), "a,b"));
}

#[tokio::test]
async fn a_refusal_is_an_outcome_and_the_connection_lives_on() {
    let (mut client, mut far) = client().await;
    let command = Command::new("/x/print");
    let sentences: &[&[&[u8]]] = &[&[b"!trap", b"=message=no such command prefix"], &[b"!done"]];
    for _ in 0..2 {
        let (outcome, ()) = tokio::join!(client.ask(&command, |_| ()), answer(&mut far, sentences));
        assert_eq!(outcome.unwrap().traps.len(), 1);
    }
}

#[tokio::test]
async fn the_last_words_of_a_router_are_kept() {
    let (outcome, _) = ask(&[&[b"!fatal", b"session terminated"]]).await;
    assert!(matches!(outcome, Err(ExchangeError::Ended { reason }) if reason == "session terminated"));
}

#[tokio::test]
async fn another_protocol_is_told_apart() {
    let (mut client, mut far) = client().await;
    let command = Command::new("/x/print");
    let (outcome, written) = tokio::join!(
        client.ask(&command, |_| ()),
        far.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    );
    written.unwrap();
    let error = outcome.unwrap_err();
    assert!(matches!(error, ExchangeError::NotTheApi(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_trickle_ends_at_the_deadline() {
    let (mut client, mut far) = client().await;
    let router = tokio::spawn(async move {
        // One row that never ends: a byte a second of a long word.
        far.write_all(&[3, b'!', b'r', b'e', 0xBF, 0xFF]).await.unwrap();
        while far.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let start = tokio::time::Instant::now();
    let error = client.ask(&Command::new("/x/print"), |_| ()).await.unwrap_err();
    assert!(matches!(error, ExchangeError::TimedOut { seconds: 10 }), "{error}");
    assert_eq!(start.elapsed().as_secs(), DEADLINE.as_secs());
    let error = client.ask(&Command::new("/x/print"), |_| ()).await.unwrap_err();
    assert!(
        matches!(error, ExchangeError::ClosedEarly),
        "no answer of an old question is taken for a new one's"
    );
    router.abort();
}

#[tokio::test(start_paused = true)]
async fn a_silent_router_does_not_hold_up_the_sign_in() {
    let (connected, _far) = connected();
    let password = SecretString::from("p");
    let error =
        Client::sign_in(connected, "u", &password, ClientOptions::default(), DEADLINE).await.unwrap_err();
    assert!(matches!(error, SignInError::Exchange(ExchangeError::TimedOut { seconds: 10 })), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_a_refusal() {
    let (connected, mut far) = connected();
    let password = SecretString::from("s3cret");
    let refusal: &[&[&[u8]]] = &[&[b"!trap", b"=message=invalid user name or password (6)"], &[b"!done"]];
    let (result, ()) = tokio::join!(
        Client::sign_in(connected, "u", &password, ClientOptions::default(), DEADLINE),
        answer(&mut far, refusal),
    );
    let error = result.unwrap_err();
    assert!(matches!(error, SignInError::Login(_)), "{error}");
    assert!(!format!("{error} {error:?} {}", error.reason().remedy()).contains("s3cret"));
}
