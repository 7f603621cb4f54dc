//! The browser's instruments themselves: what is planted in a page must be found, and nothing else.

use integration_tests::browser::Browser;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// As strict as the program's own policy, Trusted Types included.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const SOUND: &str = "<h1>Routers</h1><p>All of them are online.</p>\
                     <label for=q>Search</label> <input id=q>";

/// A server of one page, and of the files that the page may ask for.
async fn serve(main: &str) -> SocketAddr {
    let page = format!(
        "<!doctype html><html lang=en><head><title>Page</title><link rel=icon href=/icon.svg>\
         <meta name=viewport content=\"width=device-width\"><link rel=stylesheet href=/page.css>\
         <script src=/page.js></script></head><body><main>{main}</main></body></html>"
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("{error}"));
    let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, page.clone()));
        }
    });
    address
}

async fn answer(mut stream: TcpStream, page: String) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let (status, kind, body) = match request.split(' ').nth(1) {
        Some("/") => ("200 OK", "text/html; charset=utf-8", page.as_str()),
        Some("/page.css") => (
            "200 OK",
            "text/css",
            "body { color: #111; background: #fff } .faint { color: #ccc } .wide { width: 3000px }
             @media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } }",
        ),
        Some("/page.js") => (
            "200 OK",
            "text/javascript",
            "document.addEventListener('DOMContentLoaded', () => {
                 const asked = name => document.querySelector(`[data-plant=${name}]`);
                 if (asked('html')) asked('html').innerHTML = '<b>raw</b>';
                 if (asked('console')) console.error('planted message');
                 if (asked('throw')) throw new Error('planted error');
             });",
        ),
        Some("/icon.svg") => ("200 OK", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        _ => ("404 Not Found", "text/plain", "nothing here"),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\ncontent-security-policy: {POLICY}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// What each instrument shows of one page.
#[derive(Debug)]
struct Shown {
    axe: Vec<String>,
    violations: Vec<String>,
    overflows: bool,
}

async fn look(browser: &Browser, main: &str) -> Shown {
    let address = serve(main).await;
    let shown = async {
        browser.client().goto(&format!("http://{address}/")).await?;
        anyhow::Ok(Shown {
            axe: browser.axe().await?,
            violations: browser.violations().await?,
            overflows: browser.overflows().await?,
        })
    };
    shown.await.unwrap_or_else(|error| panic!("{main}: {error:#}"))
}

/// All in one test: starting a browser costs more than everything it then looks at.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_planted_is_found_and_a_sound_page_has_nothing_wrong() {
    let browser = Browser::start().await.unwrap();
    browser.resize(360, 800).await.unwrap();

    let sound = look(&browser, SOUND).await;
    assert!(sound.axe.is_empty(), "{sound:?}");
    assert!(sound.violations.is_empty(), "{sound:?}");
    assert!(!sound.overflows);

    for (planted, found_by_axe) in [
        ("<h1>A</h1><p class=faint>Hardly to be read</p>", "color-contrast"),
        ("<h1>A</h1><input>", "label"),
        ("<p>A page without a heading</p>", "page-has-heading-one"),
    ] {
        let shown = look(&browser, planted).await;
        assert!(shown.axe.iter().any(|line| line.starts_with(found_by_axe)), "{planted}: {shown:?}");
    }

    for (planted, found) in [
        ("<h1 style='color: red'>A</h1>", "CSP style-src-attr"),
        ("<h1 onclick='alert(1)'>A</h1>", "CSP script-src-attr"),
        ("<h1>A</h1><script>alert(1)</script>", "CSP script-src-elem"),
        ("<h1>A</h1><p data-plant=html></p>", "CSP require-trusted-types-for"),
        ("<h1>A</h1><p data-plant=console></p>", "console error: planted message"),
        ("<h1>A</h1><p data-plant=throw></p>", "page error: Uncaught Error: planted error"),
        ("<h1>A</h1><img alt='' src=/missing.png>", "load failed"),
        ("<h1>A</h1><img alt='' src='http://127.0.0.2:9/x.png'>", "CSP img-src"),
    ] {
        let shown = look(&browser, planted).await;
        assert!(shown.violations.iter().any(|line| line.starts_with(found)), "{planted}: {shown:?}");
    }

    let wide = look(&browser, "<h1>A</h1><p class=wide>Too wide</p>").await;
    assert!(wide.overflows);
}

#[tokio::test(flavor = "multi_thread")]
async fn size_and_colour_scheme_are_those_asked_for() {
    let browser = Browser::start().await.unwrap();
    let address = serve(SOUND).await;
    browser.client().goto(&format!("http://{address}/")).await.unwrap();
    for (width, height, dark) in [(360, 800, true), (1280, 800, false)] {
        browser.resize(width, height).await.unwrap();
        browser.prefer_dark(dark).await.unwrap();
        let script = "[innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches]";
        assert_eq!(browser.evaluate(script).await.unwrap(), serde_json::json!([width, height, dark]));
    }
    let picture = browser.screenshot("browser-tools").await.unwrap();
    assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
}
