//! Strings that people put into fields of routers, to see what becomes of them.
//!
//! Whatever runs of them counts itself in `__ran`.

use std::collections::HashSet;

/// What is to run, in several disguises: a filter may know some of them.
const CODE: [&str; 6] = [
    "__ran++",
    "window.__ran=9",
    "eval(`__ran++`)",
    "top[`__r`+`an`]++",
    "(()=>{__ran++})()",
    "setTimeout(`__ran++`)",
];

/// Where browsers have ever run something, in text, in attributes, in scripts, in styles and in links.
const PLACES: [&str; 38] = [
    "<script>{}</script>",
    "<ScRiPt>{}</sCrIpT>",
    "</script><script>{}</script>",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "</style><script>{}</script>",
    "--><script>{}</script><!--",
    "<![CDATA[<script>{}</script>]]>",
    "<img src=x onerror={}>",
    "<img src=x onerror=\"{}\">",
    "<img/src=x/onerror={}//",
    "\"><img src=x onerror={}>",
    "'><img src=x onerror={}>",
    "`><img src=x onerror={}>",
    "\" onmouseover=\"{}\" x=\"",
    "' onfocus='{}' autofocus '",
    " onpointerenter={} ",
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<svg><a xlink:href=\"javascript:{}\"><text>x</text></a></svg>",
    "<math><mtext><img src=x onerror={}></mtext></math>",
    "<noscript><p title=\"</noscript><img src=x onerror={}>\">",
    "<template><img src=x onerror={}></template>",
    "<details open ontoggle={}>",
    "<input autofocus onfocus={}>",
    "<video><source onerror={}></video>",
    "<audio src=x onerror={}>",
    "<iframe srcdoc=\"<script>parent.{}</script>\">",
    "<iframe src=\"javascript:parent.{}\">",
    "<object data=\"javascript:{}\">",
    "<a href=\"javascript:{}\">x</a>",
    "<form action=\"javascript:{}\"><button autofocus>",
    "<meta http-equiv=refresh content=\"0;url=javascript:{}\">",
    "<style>@import 'javascript:{}'</style>",
    "<base href=\"javascript:{}//\">",
    "<xss style=animation-name:x onanimationstart={}></xss>",
    "javascript:{}",
];

/// What other languages take for code: templates, shells, databases, spreadsheets, logs, terminals.
const OTHERS: [&str; 46] = [
    "{{ 7 * 7 }}",
    "{% raw %}{{ frame.csrf }}{% endraw %}",
    "{{ constructor.constructor('__ran++')() }}",
    "${__ran++}",
    "#{__ran++}",
    "<%= __ran++ %>",
    "<?php echo 1 ?>",
    "{{{__ran++}}}",
    "[[${__ran++}]]",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "undefined",
    "null",
    "NaN",
    "true",
    "-1",
    "0",
    "1e309",
    "=1+1",
    "+1+1",
    "@SUM(1)",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://x.example/\",\"x\")",
    "'; drop table users; --",
    "' or '1'='1",
    "$(reboot)",
    "`reboot`",
    "| cat /etc/passwd",
    "; reboot",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "%2e%2e%2f",
    "%00",
    "%s%s%s%n",
    "&lt;script&gt;__ran++&lt;/script&gt;",
    "&#60;b&#62;",
    "&amp;amp;",
    "&nbsp;",
    "&notanentity;",
    "<b>bold</b>",
    "<pppoe-ana>",
    "<!-- -->",
    "\\u003cscript\\u003e",
    "\\x3cimg src=x onerror=__ran++\\x3e",
];

/// Characters that have no look, turn text around, pile up, or are not what they seem.
const CHARACTERS: [&str; 42] = [
    "a\0b",
    "a\r\nb",
    "a\nb",
    "a\tb",
    "a\u{1b}[31mb",
    "a\u{1b}]0;title\u{7}b",
    "a\u{8}b",
    "a\u{7f}b",
    "a\u{85}b",
    "a\u{9b}31mb",
    "a\u{ad}b",
    "a\u{61c}b",
    "a\u{180e}b",
    "a\u{200b}b",
    "a\u{200c}b",
    "a\u{200d}b",
    "\u{200e}a",
    "\u{200f}a",
    "a\u{2028}b",
    "a\u{2029}b",
    "\u{202a}a\u{202c}",
    "\u{202b}a\u{202c}",
    "\u{202d}a\u{202c}",
    "ana\u{202e}gpj.exe",
    "a\u{2060}b",
    "\u{2066}a\u{2069}",
    "\u{2067}a\u{2069}",
    "\u{2068}a\u{2069}",
    "\u{feff}a",
    "a\u{fff9}b\u{fffa}c\u{fffb}",
    "a\u{e0041}b",
    "a\u{fffd}b",
    "a\u{fdd0}b",
    "a\u{10ffff}b",
    "Zo\u{308}e\u{301}\u{302}\u{303}\u{304}",
    "\u{435}xample.com",
    "علي 123 علي",
    "שלום <b>",
    "用户四十二",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    " leading and trailing ",
    "two  blanks",
];

/// All of them, each once.
pub fn hostile() -> Vec<String> {
    let places = PLACES.iter().flat_map(|place| CODE.iter().map(|code| place.replace("{}", code)));
    let long = [
        "x".repeat(300),
        "é".repeat(65),
        "<".repeat(100),
        format!("{}<img src=x onerror=__ran++>", "y".repeat(50)),
        format!("{}\u{202e}", "z".repeat(63)),
        "🙂".repeat(64),
        "\u{202e}".repeat(9),
        "&".repeat(70),
    ];
    let plain = OTHERS.iter().chain(&CHARACTERS).map(|text| (*text).to_owned());
    let all: Vec<String> = places.chain(plain).chain(long).collect();
    let mut seen = HashSet::new();
    all.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_three_hundred_and_none_twice() {
        let all = hostile();
        assert!(300 <= all.len(), "{}", all.len());
        assert!(all.iter().all(|text| !text.is_empty()));
    }
}
