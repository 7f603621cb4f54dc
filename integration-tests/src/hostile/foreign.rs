//! Servers of other kinds on the router's port.

use super::script::{Act, Moment, Script, bytes, down};

const NOT_THE_API: &str = "something that is not the RouterOS API";

/// The scripts.
pub(super) fn scripts() -> Vec<Script> {
    let greets =
        |name, banner: &[u8], what| down(name, Moment::Accepted, vec![bytes(banner), Act::Mute], what);
    let answers = |name, words: &[u8], what| down(name, Moment::SignIn, vec![bytes(words), Act::Mute], what);
    vec![
        answers("http", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "looks like HTTP"),
        down(
            "http-that-closes",
            Moment::SignIn,
            vec![bytes(b"HTTP/1.0 501 Not Implemented\r\n\r\n<html></html>"), Act::Close],
            "looks like HTTP",
        ),
        down(
            "http-without-end",
            Moment::SignIn,
            vec![bytes(b"HTTP/1.1 200 OK\r\n\r\n"), Act::Endless(|_, _| b"<p>Welcome</p>".to_vec())],
            "looks like HTTP",
        ),
        answers("html", b"<html><body>400 Bad Request</body></html>", "looks like HTML"),
        greets("ssh", b"SSH-2.0-ROSSSH\r\n", "looks like SSH"),
        down(
            "ssh-without-end",
            Moment::Accepted,
            vec![bytes(b"SSH-2.0-ROSSSH\r\n"), Act::Endless(|_, _| b"banner\r\n".to_vec())],
            "looks like SSH",
        ),
        greets("tls-alert", b"\x15\x03\x01\0\x02\x02\x46", "looks like TLS"),
        answers("tls-handshake", b"\x16\x03\x03\0\x2A\x02\0\0\x26\x03\x03", "looks like TLS"),
        greets("ftp", b"220 MikroTik FTP server (MikroTik 7.21) ready\r\n", "looks like FTP or SMTP"),
        greets("telnet", b"\xFF\xFB\x01\xFF\xFD\x18\xFF\xFD\x20", NOT_THE_API),
        answers("redis", b"-ERR unknown command '/login'\r\n", "looks like Redis or POP3"),
        greets("mysql", b"\x4A\0\0\0\x0A8.0.36\0", NOT_THE_API),
        answers("an-echo", b"\x06/login\x06.tag=1\0", NOT_THE_API),
        greets("garbage", &garbage(), NOT_THE_API),
        down("garbage-without-end", Moment::Accepted, vec![Act::Endless(|_, _| garbage())], NOT_THE_API),
        answers("letters", b"ready", NOT_THE_API),
    ]
}

/// Bytes without a meaning, the same each time, that begin with what could be a long word.
fn garbage() -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let random = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    [0xE9].into_iter().chain(random.take(512).flatten()).collect()
}
