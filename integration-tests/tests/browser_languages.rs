//! All pages in both themes, five widths and three languages: English, Arabic from right to left, and a made-up one that is
//! longer than any. Nothing is inaccessible, refused, wider than the window, cut off or not from the files of words.
//!
//! Each page is loaded once in a language, and with `RUN_SLOW_TESTS` in all three; width and theme change under it.

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::house::{Doorstep, House};
use integration_tests::network::Network;
use reqwest::Url;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

const LANGUAGES: [&str; 3] = ["en", "ar", "en-XA"];
const WIDTHS: [u32; 5] = [320, 360, 768, 1280, 1920];

/// Texts that are cut off and that nobody can read in full: what is cut on purpose has its whole text as a title.
const CUT: &str = r"(() => {
    const found = [];
    for (const one of document.querySelectorAll('body *')) {
        if (one.clientWidth === 0 || !one.checkVisibility({ visibilityProperty: true })) continue;
        const { overflowX, clipPath } = getComputedStyle(one);
        // What only screen readers are told is cut on purpose.
        if (!['hidden', 'clip'].includes(overflowX) || clipPath !== 'none') continue;
        if (one.matches('input, select, textarea') || one.closest('.visually-hidden, svg, .uplot, [title]')) continue;
        if (one.scrollWidth > one.clientWidth + 1 && !one.querySelector(':scope > [title]')) {
            found.push(`cut: ${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 80)}`);
        }
    }
    return found;
})()";

/// What stands out beyond the window, where the page is wider than that: the innermost ones.
const WIDE: &str = r"(() => {
    const { clientWidth } = document.documentElement;
    // What can be scrolled to, or is cut, makes nothing wider.
    const isKept = (one) => one !== document.body && (getComputedStyle(one).overflowX !== 'visible' || isKept(one.parentElement));
    const stands = (one) => {
        const { left, right } = one.getBoundingClientRect();
        return (right > clientWidth + 1 || left < -1) && !isKept(one.parentElement);
    };
    const out = [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility() && stands(one));
    return out.filter((one) => ![...one.children].some(stands)).slice(0, 5)
        .map((one) => `wider than the window: ${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 80)}`);
})()";

/// Texts of ours that are in no file of words: in the made-up language each stands in brackets.
const STRANGE: &str = r"(() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const foreign = 'bdi, code, pre, script, template, svg, .uplot, [lang=en], body [dir=ltr], .where, option, .brand, kbd, .foreign, .log-field, a[href*=routers]';
    while (walker.nextNode()) {
        const { data, parentElement } = walker.currentNode;
        if (!/\p{L}{4,}/u.test(data) || parentElement.closest(foreign) || !parentElement.checkVisibility()) continue;
        // What brackets stand around may be written in several pieces.
        if (!/[\[\]]/.test(parentElement.textContent) && !/^\s*[\d.,]+\s*[kMGT]?bit\/s\s*$/.test(data)) {
            found.push(`no word of ours: ${parentElement.tagName}.${parentElement.className} ${data.trim().slice(0, 80)}`);
        }
    }
    return found;
})()";

/// Whether everything is looked at, which takes a while.
fn is_full() -> bool {
    std::env::var_os("RUN_SLOW_TESTS").is_some()
}

async fn speak(browser: &Browser, service: &str, language: &str) -> anyhow::Result<()> {
    let cookie = json!({ "name": "tikwatch_language", "value": language, "url": service });
    browser.devtools("Network.setCookie", cookie).await?;
    Ok(())
}

fn lines(found: &Value) -> Vec<String> {
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// What is wrong with the page as it is now.
async fn faults(browser: &Browser, language: &str, has_axe: bool) -> anyhow::Result<Vec<String>> {
    let mut found = lines(&browser.evaluate(CUT).await?);
    if browser.overflows().await? {
        found.push("wider than the window".to_owned());
        found.extend(lines(&browser.evaluate(WIDE).await?));
    }
    if language == "en-XA" {
        found.extend(lines(&browser.evaluate(STRANGE).await?));
    }
    if has_axe {
        found.extend(browser.axe().await?);
    }
    Ok(found)
}

async fn open(browser: &Browser, page: &str) -> anyhow::Result<()> {
    browser.client().goto(page).await?;
    // What scripts write is looked at, too.
    browser.wait("document.readyState === 'complete' && performance.now() > 1500").await
}

/// Looks at a page in all widths and themes; how often, and what was found.
async fn look(browser: &Browser, language: &str, page: &str) -> anyhow::Result<(usize, Vec<String>)> {
    let address = Url::parse(page)?;
    let path = address
        .query()
        .map_or_else(|| address.path().to_owned(), |query| format!("{}?{query}", address.path()));
    browser.resize(1280, 900).await?;
    open(browser, page).await?;
    let html = browser.evaluate("[document.documentElement.lang, document.documentElement.dir]").await?;
    ensure!(html == json!([language, if language == "ar" { "rtl" } else { "ltr" }]), "{path}: {html}");
    let (mut looked, mut wrong) = (0, Vec::new());
    for width in WIDTHS {
        browser.resize(width, 900).await?;
        for theme in ["light", "dark"] {
            browser.evaluate(&format!("document.documentElement.dataset.bsTheme = '{theme}'")).await?;
            // Between these two widths nothing that axe-core looks at changes, and it takes its time.
            let has_axe = is_full() || width == 360 || width == 1280;
            let found = faults(browser, language, has_axe).await?;
            let place = format!("{path} {language} {width} {theme}");
            wrong.extend(found.into_iter().map(|line| format!("{place}: {line}")));
            looked += 1;
            if (width, theme) == (360, "dark") || (width, theme) == (1280, "light") {
                let name = path.replace(|one: char| !one.is_ascii_alphanumeric(), "-");
                browser.screenshot(&format!("language-{language}{name}-{width}")).await?;
            }
        }
    }
    let harm = browser.violations().await?;
    // That there is no such page, or that a link is none of ours, is said by a status, which the browser's log has.
    let is_status = |line: &String| {
        line.contains("status of 404") || (path.starts_with("/enter/") && line.contains("status of 401"))
    };
    let harm = harm.into_iter().filter(|line| !is_status(line));
    wrong.extend(harm.map(|line| format!("{path} {language}: {line}")));
    Ok((looked, wrong))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_fit_in_all_widths_themes_and_languages() -> anyhow::Result<()> {
    let (house, doorstep) = (House::open().await?, Doorstep::open()?);
    let url = &house.service().url;
    let within = house.pages()?.into_iter().map(|path| format!("{url}{path}"));
    let pages: Vec<String> = within.chain([format!("{url}/offline")]).chain(doorstep.pages()).collect();
    let (mut looked, mut wrong) = (0, Vec::new());
    for (place, language) in LANGUAGES.into_iter().enumerate() {
        for service in [url.as_str(), doorstep.url()] {
            speak(&house.browser, service, language).await?;
        }
        for (at, page) in pages.iter().enumerate() {
            // All of it takes a while: usually each page is looked at in one language, and the next page in the next.
            if is_full() || at % LANGUAGES.len() == place {
                let (places, found) = look(&house.browser, language, page).await?;
                looked += places;
                wrong.extend(found);
            }
        }
    }
    println!("{} pages, {looked} looks, {} findings", pages.len(), wrong.len());
    ensure!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    planted_faults_are_found(&house).await
}

/// How long two pages may take on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn pages_open_while_languages_change() -> anyhow::Result<()> {
    let network = Network::start(200).await?;
    let browser = Browser::start_for(&network.service).await?;
    for time in 0..if is_full() { 300 } else { 30 } {
        let language = LANGUAGES.iter().cycle().nth(time).context("no language")?;
        speak(&browser, &network.service.url, language).await?;
        let look = async {
            browser.client().goto(&format!("{}/", network.service.url)).await?;
            // The service worker is at different things when the next page is asked for.
            tokio::time::sleep(Duration::from_millis(time as u64 * 137 % 900)).await;
            browser.client().goto(&format!("{}/subscribers", network.service.url)).await
        };
        timeout(LONGEST, look).await.with_context(|| format!("{time}: it hangs"))??;
    }
    Ok(())
}

/// Whether all this would notice what it looks for.
async fn planted_faults_are_found(house: &House) -> anyhow::Result<()> {
    let plant = |style: &str, text: &str| {
        format!(
            "{{ const one = document.createElement('p'); one.style.cssText = '{style}'; one.textContent = '{text}'; \
             document.querySelector('main').append(one); }}"
        )
    };
    let planted = [
        ("cut", plant("width: 20px; overflow: hidden; white-space: nowrap", "[a text that is cut off]")),
        ("wider", plant("position: absolute; width: 5000px", "[wide]")),
        ("no word", plant("", "A text in the code")),
        ("color-contrast", plant("color: #999; background: #aaa", "[pale]")),
    ];
    let (browser, url) = (&house.browser, &house.service().url);
    speak(browser, url, "en-XA").await?;
    browser.resize(1280, 900).await?;
    for (word, script) in planted {
        open(browser, &format!("{url}/account")).await?;
        browser.evaluate(&script).await?;
        let found = faults(browser, "en-XA", true).await?;
        ensure!(found.iter().any(|line| line.contains(word)), "{word} was not found: {found:#?}");
    }
    browser.evaluate("document.querySelector('main').setAttribute('style', 'color: red')").await?;
    let found = browser.violations().await?;
    ensure!(found.iter().any(|line| line.contains("CSP")), "an inline style was not found: {found:#?}");
    Ok(())
}

/// Chooses in the menu, and applies it.
async fn choose(browser: &Browser, name: &str, value: &str) -> anyhow::Result<()> {
    let script = format!(
        "setTimeout(() => {{ const one = document.querySelector('form.preferences [name={name}]'); one.value = '{value}'; \
         one.form.querySelector('button').click(); }})"
    );
    browser.evaluate(&script).await?;
    Ok(())
}

/// Whether scripts write numbers as `Intl` does in the page's language, of which the server knows the marks.
const AGREES: &str = r"(async () => {
    const { count, decimal } = await import(document.querySelector('script[src*=appearance]').src.replace('appearance', 'words'));
    const number = new Intl.NumberFormat(`${document.documentElement.lang}-u-nu-latn`);
    return [count(1234), count(1234567), decimal(1.25, 2)].join(' ') ===
        [1234, 1234567, 1.25].map((one) => number.format(one)).join(' ');
})()";

#[tokio::test(flavor = "multi_thread")]
async fn languages_and_units_are_chosen_and_kept() -> anyhow::Result<()> {
    let network = Network::start(200).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 900).await?;
    let down = "document.getElementById('kpi-down').textContent";
    open(&browser, &network.service.url).await?;
    for (language, heading, mark) in [
        ("es", "Resumen", ','),
        ("pt-BR", "Visão geral", ','),
        ("id", "Ringkasan", ','),
        ("ar", "نظرة عامة", '.'),
        ("auto", "Overview", '.'),
    ] {
        choose(&browser, "language", language).await?;
        browser.wait(&format!("document.querySelector('h1')?.textContent === {}", json!(heading))).await?;
        browser.wait(&format!("/^\\d+([{mark}]\\d+)? [kMG]?bit\\/s$/.test({down})")).await?;
        ensure!(browser.evaluate(AGREES).await? == true, "{language}: numbers differ");
    }
    choose(&browser, "rates", "bytes").await?;
    browser.wait(&format!("/^[\\d.]+ [kMG]?B\\/s$/.test({down})")).await?;
    open(&browser, &format!("{}/subscribers", network.service.url)).await?;
    let shown = "[...document.querySelectorAll('#rows .c-down')].map((cell) => cell.textContent)";
    browser.wait(&format!("{shown}.some((text) => /B\\/s/.test(text))")).await?;
    ensure!(
        browser.evaluate(&format!("{shown}.some((text) => /bit/.test(text))")).await? == false,
        "bits and bytes"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_scripts_say_is_in_the_readers_language() -> anyhow::Result<()> {
    let network = Network::start(60).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 900).await?;
    let url = &network.service.url;
    speak(&browser, url, "es").await?;
    // What the API refuses: by a word of ours, and in its own words where there is none.
    let problem = "document.getElementById('problem').textContent";
    open(&browser, &format!("{url}/interfaces?router=nobody")).await?;
    browser.wait(&format!("{problem} === 'No existe ese router, o usted no puede verlo.'")).await?;
    open(&browser, &format!("{url}/interfaces?state=loud")).await?;
    let refused = "No se entiende lo que se pide. El servidor dice: `loud` is no state of these rows";
    browser.wait(&format!("{problem}.startsWith({})", json!(refused))).await?;
    let english = "document.querySelector('#problem [lang=en]').textContent.startsWith('`loud` is')";
    ensure!(browser.evaluate(english).await? == true, "what is said in English is not marked so");
    // Cells that scripts wrote again: how a connection is protected.
    open(&browser, &format!("{url}/routers")).await?;
    let protection = "document.querySelector('#rows [data-key^=\"r1:\"] .k-protection .text')";
    browser.evaluate(&format!("{protection}.textContent = ''")).await?;
    browser.wait(&format!("{protection}.textContent === 'La contraseña viaja sin cifrar'")).await?;
    // What is not in a file.
    open(&browser, &format!("{url}/subscribers")).await?;
    let export = "document.querySelector('#export [data-part=all] [data-word=csv]').click()";
    browser.evaluate(export).await?;
    let said = "document.querySelector('#export .said').textContent";
    browser.wait(&format!("{said}.includes('Omitido: contraseñas y otros secretos')")).await?;
    let said = browser.evaluate(said).await?;
    let said = said.as_str().unwrap_or_default();
    ensure!(said.contains("gone: filas más nuevas que la última conexión"), "{said}");
    ensure!(!said.contains("passwords") && !said.contains("left_out"), "{said}");
    let violations = browser.violations().await?;
    ensure!(violations.iter().all(|line| line.contains("status of 40")), "{violations:#?}");
    Ok(())
}
