//! E-mail addresses, as far as the directory itself cares; a face may ask for more.

use std::fmt;

/// Longest address, in characters.
const MAX: usize = 255;

/// Why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEmail {
    /// Nothing was given.
    #[error("is empty")]
    Empty,
    /// More characters than allowed.
    #[error("is longer than {MAX} characters")]
    TooLong,
    /// Not something, one `@`, something; or a blank or control character in it.
    #[error("is not an e-mail address")]
    Shape,
}

/// An e-mail address: as it was given, without blanks around it. Unique in the app without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address: something, one `@`, something, at most 255 characters, no blanks within.
    ///
    /// # Errors
    /// [`BadEmail`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BadEmail> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadEmail::Empty);
        }
        if text.chars().count() > MAX {
            return Err(BadEmail::TooLong);
        }
        let parted = text.split_once('@');
        let parts =
            |(local, domain): (&str, &str)| !(local.is_empty() || domain.is_empty() || domain.contains('@'));
        if !parted.is_some_and(parts) || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(BadEmail::Shape);
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes a text that the store holds, which was parsed when it was written.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The address as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in lower case, by which addresses are compared. Each character is lowered by itself, and one beyond
    /// ASCII never becomes one within: look-alikes (`K`, `ſ`, `ß`) are other addresses, of other people.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.chars().flat_map(lower).collect()
    }
}

fn lower(character: char) -> impl Iterator<Item = char> {
    let lowered = character.to_lowercase();
    let leaves = !character.is_ascii() && lowered.clone().any(|c| c.is_ascii());
    let itself = leaves.then_some(character);
    itself.into_iter().chain(lowered.filter(move |_| !leaves))
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_something_at_something() {
        assert_eq!(Email::parse("  Noa@Club.test\n").unwrap().as_str(), "Noa@Club.test");
        assert_eq!(Email::parse("Noa@CLUB.test").unwrap().key(), "noa@club.test");
        assert_eq!(Email::parse("É@Ñ.test").unwrap().key(), "é@ñ.test");
        assert_eq!(Email::parse(" \t"), Err(BadEmail::Empty));
        for bad in ["noa", "@club.test", "noa@", "a@b@c", "a b@c.test", "a@b\u{7f}.test", "a\0@b.test"] {
            assert_eq!(Email::parse(bad), Err(BadEmail::Shape), "{bad:?}");
        }
        // Look-alikes of other addresses are not those.
        for other in [
            "\u{212a}im@x.test",
            "\u{17f}am@x.test",
            "stra\u{df}e@x.test",
            "\u{fb01}@x.test",
            "\u{130}@x.test",
        ] {
            let key = Email::parse(other).unwrap().key();
            assert!(!key.is_ascii(), "{key}");
        }
        assert_ne!(Email::parse("σς@x").unwrap().key(), Email::parse("σσ@x").unwrap().key());
        let of_length = |n: usize| format!("{}@b", "é".repeat(n - 2));
        assert!(Email::parse(&of_length(255)).is_ok());
        assert_eq!(Email::parse(&of_length(256)), Err(BadEmail::TooLong));
    }
}
