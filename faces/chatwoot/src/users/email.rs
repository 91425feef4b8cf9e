//! The rules for e-mail addresses (reference §6).

use rollcall_model::Email;

use crate::form::{blank, too_long};

/// Longest address, in characters.
const MAX: usize = 255;

/// The address as the vendor keeps it: without blanks around it, in lower case. Or the sentences that say what is wrong.
pub(super) fn check(text: &str) -> Result<Email, Vec<String>> {
    let text = text.trim();
    if text.is_empty() {
        return Err(vec![blank("email")]);
    }
    let mut sentences = Vec::new();
    if !is_strict(text) {
        sentences.push("Email is not an email".to_owned());
    }
    if !is_loose(text) {
        sentences.push("Email is invalid".to_owned());
    }
    if text.chars().count() > MAX {
        sentences.push(too_long("email", MAX));
    }
    match Email::parse(text) {
        Ok(email) if sentences.is_empty() => Ok(Email::stored(&email.key())),
        // A control character, which the vendor would keep.
        Err(_) if sentences.is_empty() => Err(vec!["Email is invalid".to_owned()]),
        _ => Err(sentences),
    }
}

/// An address as the vendor shows it.
pub(crate) fn shown(email: &Email) -> String {
    email.key()
}

/// Something, one `@`, something, and no blank.
fn is_loose(text: &str) -> bool {
    parts(text).is_some_and(|(_, domain)| !domain.is_empty())
}

/// Besides: labels of letters, digits and hyphens, of which the last has two letters or more and nothing else.
fn is_strict(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_last = |label: &str| label.len() >= 2 && label.bytes().all(|b| b.is_ascii_alphabetic());
    parts(text)
        .and_then(|(_, domain)| domain.rsplit_once('.'))
        .is_some_and(|(labels, last)| is_last(last) && labels.split('.').all(is_label))
}

fn parts(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = text.split_once('@')?;
    let fit = !local.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace);
    fit.then_some((local, domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_lowered() {
        for (text, expected) in [
            ("ines@shop.test", "ines@shop.test"),
            ("  Ines+1@Shop.TEST\n", "ines+1@shop.test"),
            ("ÉA@x-1.co.uk", "éa@x-1.co.uk"),
            ("a@-.ab", "a@-.ab"),
        ] {
            assert_eq!(check(text).unwrap().as_str(), expected, "{text:?}");
        }
    }

    #[test]
    fn every_fault_has_its_sentence() {
        let (strict, loose) = ("Email is not an email", "Email is invalid");
        let both: &[&str] = &[strict, loose];
        for (text, expected) in [
            ("", ["Email can't be blank"].as_slice()),
            (" \t", &["Email can't be blank"]),
            ("nobody", both),
            ("@shop.test", both),
            ("a@", both),
            ("a@b@shop.test", both),
            ("a b@shop.test", both),
            ("a@shop .test", both),
            ("a@localhost", &[strict]),
            ("a@shop.t", &[strict]),
            ("a@shop.t1", &[strict]),
            ("a@shop..test", &[strict]),
            ("a@.test", &[strict]),
            ("a@sh_op.test", &[strict]),
            ("a@münchen.test", &[strict]),
            ("a@shop.test.", &[strict]),
            ("a\u{7}@shop.test", &[loose]),
        ] {
            assert_eq!(check(text).unwrap_err(), expected, "{text:?}");
        }
    }

    #[test]
    fn an_address_has_at_most_255_characters() {
        let of_length = |n: usize| format!("{}@shop.test", "é".repeat(n - 10));
        assert!(check(&of_length(255)).is_ok());
        assert_eq!(check(&of_length(256)).unwrap_err(), ["Email is too long (maximum is 255 characters)"]);
    }
}
