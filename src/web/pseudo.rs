//! English with accents, brackets and more length, for tests of the pages: what has none of them comes from no file of
//! words, and what is cut would be cut in other languages too. Only builds for tests know it, and no menu offers it.

use super::language::Language;
use std::collections::BTreeMap;

/// It is called as in CLDR.
pub(super) static LANGUAGE: Language =
    Language { tag: "en-XA", is_rtl: false, decimal: '.', group: ',', grouped_from: 4 };

/// All words, changed.
pub(super) fn words(english: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    english.iter().map(|(key, text)| (key.clone(), changed(text))).collect()
}

/// A text with its letters accented and two fifths longer, in brackets; its `{places}` stay.
fn changed(text: &str) -> String {
    let mut changed = String::from("[");
    let mut is_place = false;
    for letter in text.chars() {
        is_place = (is_place || letter == '{') && letter != '}';
        changed.push(if is_place { letter } else { accented(letter) });
    }
    let longer = (text.chars().count() * 2).div_ceil(5);
    // Words that may be broken between lines, as those of a longer text may.
    for place in 0..longer {
        changed.push(if place % 6 == 0 { ' ' } else { '~' });
    }
    changed.push(']');
    changed
}

fn accented(letter: char) -> char {
    const PLAIN: &str = "AEIOUYaceinouyz";
    const ACCENTED: &str = "ÅÉÎÖÛÝåçéîñöûýž";
    let place = PLAIN.chars().position(|plain| plain == letter);
    place.and_then(|place| ACCENTED.chars().nth(place)).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_longer_and_keep_their_places() {
        assert_eq!(changed("Save {name}"), "[Såvé {name} ~~~~]");
        assert_eq!(changed("of"), "[öf ]");
    }
}
