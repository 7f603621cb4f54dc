//! The menus that we read: a type a menu, its path, its property list, and how a row becomes a value.

use super::id::ItemId;
use super::units::{self, Text};
use crate::routeros::{Charset, Command, Row};
use std::time::{Duration, Instant};

/// A RouterOS menu whose rows we read as values of this type.
pub trait Resource: Send + Sync + Sized + 'static {
    /// The menu, such as `/ppp/active`.
    const PATH: &'static str;
    /// What tells this table from others in reports; menus of which we read two tables have two names.
    const NAME: &'static str = Self::PATH;
    /// The properties asked for, comma separated. Without a list the router computes everything it knows.
    const PROPLIST: &'static str;
    /// Query words that choose rows on the router.
    const QUERY: &'static [&'static str] = &[];

    /// Reads a row; `None` when it lacks what makes it one (an id or a name).
    ///
    /// `at` is when the row was read from the socket.
    fn from_row(row: Row<'_>, at: Instant) -> Option<Self>;

    /// The command that prints all rows.
    fn print() -> Command {
        let command = Command::new(&format!("{}/print", Self::PATH)).proplist(Self::PROPLIST);
        Self::QUERY.iter().fold(command, |command, word| command.query(word))
    }

    /// The command that follows changes.
    fn listen() -> Command {
        Command::new(&format!("{}/listen", Self::PATH)).proplist(&format!("{},.dead", Self::PROPLIST))
    }
}

/// A value that can be read from an attribute.
pub trait Value: Default {
    /// Reads the bytes; what cannot be read becomes the default.
    fn read(bytes: &[u8], charset: Charset) -> Self;
}

impl Value for Text {
    #[inline]
    fn read(bytes: &[u8], charset: Charset) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::new(text),
            Err(_) => Self::new(charset.decode(bytes)),
        }
    }
}

impl Value for ItemId {
    #[inline]
    fn read(bytes: &[u8], _: Charset) -> Self {
        Self::read(bytes)
    }
}

impl Value for bool {
    #[inline]
    fn read(bytes: &[u8], _: Charset) -> Self {
        matches!(bytes, b"true" | b"yes")
    }
}

impl Value for u64 {
    /// Plain decimal digits; anything else, and what does not fit, is 0.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "two of five attributes of the most frequent row: a call shows")]
    fn read(bytes: &[u8], _: Charset) -> Self {
        // Counters of a line in use have 9 to 16 digits; eight are read at once.
        if let (9..=16, Some(first), Some(last)) =
            (bytes.len(), bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
        {
            let missing = 8 * (16 - bytes.len());
            let first = u64::from_le_bytes(*first) << missing | ZEROS & ((1 << missing) - 1);
            let numbers = eight_digits(first).zip(eight_digits(u64::from_le_bytes(*last)));
            return numbers.map_or(0, |(first, last)| first * 100_000_000 + last);
        }
        let digits = std::str::from_utf8(bytes).ok().filter(|digits| !digits.starts_with('+'));
        digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
    }
}

/// Eight digits `0`.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// Eight decimal digits, the first in the lowest byte, as a number, all at once: pairs, then fours, then the
/// whole are put together by multiplication.
#[inline]
fn eight_digits(digits: u64) -> Option<u64> {
    let values = digits.wrapping_sub(ZEROS);
    // A byte below `0` borrows, one above `9` carries: either shows in the upper half of some byte.
    if (values | digits.wrapping_add(0x4646_4646_4646_4646)) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    Some(fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF)
}

impl Value for Option<u64> {
    fn read(bytes: &[u8], _: Charset) -> Self {
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }
}

impl Value for Option<Text> {
    /// An empty value means that there is none.
    fn read(bytes: &[u8], charset: Charset) -> Self {
        (!bytes.is_empty()).then(|| Text::read(bytes, charset))
    }
}

impl Value for Option<Duration> {
    fn read(bytes: &[u8], _: Charset) -> Self {
        units::duration(std::str::from_utf8(bytes).ok()?)
    }
}

impl Value for Option<(u64, u64)> {
    fn read(bytes: &[u8], _: Charset) -> Self {
        units::pair(std::str::from_utf8(bytes).ok()?)
    }
}

/// Declares a resource: a struct whose fields name the properties that they are read from.
///
/// The field after `needs` must be there, or the row is not one.
macro_rules! resource {
    (
        $(#[$about:meta])*
        $name:ident at $path:literal $(where $($query:literal)+)? $(named $table:literal)?, needs $needed:literal {
            $first_field:ident: $first_type:ty = $first_property:literal,
            $( $(#[$field_about:meta])* $field:ident: $type:ty = $property:literal, )*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            #[doc = concat!("The property `", $first_property, "`.")]
            pub $first_field: $first_type,
            $(
                #[doc = concat!("The property `", $property, "`.")]
                $(#[$field_about])*
                pub $field: $type,
            )*
        }

        impl $crate::domain::resource::Resource for $name {
            const PATH: &'static str = $path;
            $( const NAME: &'static str = $table; )?
            const PROPLIST: &'static str = concat!($first_property $(, ",", $property)*);
            $( const QUERY: &'static [&'static str] = &[$($query),+]; )?

            #[inline]
            fn from_row(row: $crate::routeros::Row<'_>, _: std::time::Instant) -> Option<Self> {
                use $crate::domain::resource::Value;
                let charset = row.charset();
                let mut found = false;
                let mut value = Self::default();
                for word in row.words() {
                    if let Some(bytes) = word.strip_prefix(concat!("=", $first_property, "=").as_bytes()) {
                        found |= $first_property == $needed;
                        value.$first_field = <$first_type as Value>::read(bytes, charset);
                    }
                    $(
                        else if let Some(bytes) = word.strip_prefix(concat!("=", $property, "=").as_bytes()) {
                            found |= $property == $needed;
                            value.$field = <$type as Value>::read(bytes, charset);
                        }
                    )*
                }
                found.then_some(value)
            }
        }
    };
}
pub(crate) use resource;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expect: u64) {
        assert_eq!(<u64 as Value>::read(text.as_bytes(), Charset::default()), expect, "{text:?}");
    }

    #[test]
    fn numbers_are_digits_and_nothing_else() {
        check("", 0);
        check("7", 7);
        check("15358415653", 15_358_415_653);
        check("18446744073709551615", u64::MAX);
        check("18446744073709551616", 0);
        check("-5", 0);
        check("1e9", 0);
        check("12345678.", 0);
        check("1234567/", 0);
        check("1234567:", 0);
        check("123456789", 123_456_789);
        check("1234567890123456", 1_234_567_890_123_456);
        check("12345678901234567", 12_345_678_901_234_567);
        check("+123456789", 0);
        check("+5", 0);
        check("0000000000000000000000007", 7);
    }

    proptest! {
        #[test]
        fn every_number_is_read(number in any::<u64>(), few in 0_u64..100_000) {
            check(&number.to_string(), number);
            check(&few.to_string(), few);
        }

        #[test]
        fn what_is_no_number_is_nothing(text in "[ -~]{0,24}") {
            check(&text, text.parse().ok().filter(|_| !text.starts_with('+')).unwrap_or_default());
        }
    }
}
