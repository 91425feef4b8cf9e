//! As much of LDAP's encoding (BER) as a bind, a base search and a modify need.

use anyhow::{Context as _, bail, ensure};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const BIND: u8 = 0x60;
const SEARCH: u8 = 0x63;
const MODIFY: u8 = 0x66;
const ENTRY: u8 = 0x64;
const REFERENCE: u8 = 0x73;
/// Message 1: a connection has one request under way, so that its number can be used again.
const MESSAGE_ID: [u8; 3] = [0x02, 1, 1];
/// Scope base, aliases as they are, no limit of size or time, values too.
const BASE_WITHOUT_LIMITS: [u8; 15] = [0x0a, 1, 0, 0x0a, 1, 0, 0x02, 1, 0, 0x02, 1, 0, 0x01, 1, 0];
const REPLACE: [u8; 3] = [0x0a, 1, 2];
const VERSION_3: [u8; 3] = [0x02, 1, 3];

/// A bind with name and password.
pub(crate) fn bind(name: &str, password: &str) -> Vec<u8> {
    let password = element(0x80, &[password.as_bytes()]);
    message(&element(BIND, &[&VERSION_3, &octets(name), &password]))
}

/// A search that gives one entry with all its attributes.
pub(crate) fn search(entry: &str) -> Vec<u8> {
    let any_class = element(0x87, &[b"objectClass"]);
    let all_attributes = element(SEQUENCE, &[]);
    message(&element(SEARCH, &[&octets(entry), &BASE_WITHOUT_LIMITS, &any_class, &all_attributes]))
}

/// A modify that replaces the values of attributes by one value each.
pub(crate) fn modify(entry: &str, values: &[(&str, &str)]) -> Vec<u8> {
    let change = |(attribute, value): &(&str, &str)| {
        let values = element(SET, &[&octets(value)]);
        element(SEQUENCE, &[&REPLACE, &element(SEQUENCE, &[&octets(attribute), &values])])
    };
    let changes: Vec<Vec<u8>> = values.iter().map(change).collect();
    let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
    message(&element(MODIFY, &[&octets(entry), &element(SEQUENCE, &changes)]))
}

/// The result code of an answer, once all of it is there; entries that precede the result are passed over.
pub(crate) fn answered(mut bytes: &[u8]) -> anyhow::Result<Option<u16>> {
    // Another protocol's first bytes may announce a length that never comes.
    while matches!(bytes, [] | [SEQUENCE, ..]) {
        let Some(message) = first(bytes)? else {
            return Ok(None);
        };
        let Some(Element { tag: INTEGER, rest, .. }) = first(message.content)? else {
            bail!("an LDAP message without a number")
        };
        let operation = first(rest)?.context("an LDAP message without an operation")?;
        if operation.tag != ENTRY && operation.tag != REFERENCE {
            let Some(Element { tag: ENUMERATED, content: [code], .. }) = first(operation.content)? else {
                bail!("a result without a code")
            };
            let more = message.rest.len();
            ensure!(more == 0, "the server sent {more} bytes more than an answer");
            return Ok(Some(u16::from(*code)));
        }
        bytes = message.rest;
    }
    bail!("not an LDAP message: {bytes:x?}")
}

fn message(operation: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&MESSAGE_ID, operation])
}

fn octets(text: &str) -> Vec<u8> {
    element(OCTETS, &[text.as_bytes()])
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let bytes = length.to_be_bytes();
    let significant = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let mut encoded = vec![tag];
    if length >= 0x80 {
        encoded.push(0x80 | significant.len() as u8);
        encoded.extend(significant);
    } else {
        encoded.push(length as u8);
    }
    encoded.extend(parts.concat());
    encoded
}

/// One element, and what follows it.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

/// The first element; none when it is not complete yet.
fn first(bytes: &[u8]) -> anyhow::Result<Option<Element<'_>>> {
    let [tag, short, rest @ ..] = bytes else {
        return Ok(None);
    };
    let (length, rest) = if *short < 0x80 {
        (usize::from(*short), rest)
    } else {
        let count = usize::from(short & 0x7f);
        ensure!((1..=4).contains(&count), "a length of {count} bytes");
        let Some((length, rest)) = rest.split_at_checked(count) else {
            return Ok(None);
        };
        (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
    };
    let split = rest.split_at_checked(length);
    Ok(split.map(|(content, rest)| Element { tag: *tag, content, rest }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4511 by hand: a bind as cn=a with password p.
    #[test]
    fn a_bind_is_as_the_standard_has_it() {
        let expected = [
            0x30, 0x11, 0x02, 0x01, 0x01, 0x60, 0x0c, 0x02, 0x01, 0x03, 0x04, 0x04, b'c', b'n', b'=', b'a',
            0x80, 0x01, b'p',
        ];
        assert_eq!(bind("cn=a", "p"), expected);
    }

    #[test]
    fn a_search_asks_for_one_entry() {
        let expected = [
            &[0x30, 0x2b, 0x02, 0x01, 0x01, 0x63, 0x26, 0x04, 0x06][..],
            b"dc=org",
            &[0x0a, 1, 0, 0x0a, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0, 0x87, 0x0b],
            b"objectClass",
            &[0x30, 0],
        ];
        assert_eq!(search("dc=org"), expected.concat());
    }

    #[test]
    fn a_modify_replaces_each_value() {
        let bytes = modify("dc=org", &[("sn", "x"), ("cn", "y")]);
        let message = first(&bytes).unwrap().unwrap();
        assert!(message.rest.is_empty());
        let operation = first(&message.content[3..]).unwrap().unwrap();
        assert_eq!(operation.tag, MODIFY);
        let changes = [
            &[0x04, 0x06][..],
            b"dc=org",
            &[0x30, 0x20],
            &[0x30, 0x0e, 0x0a, 1, 2, 0x30, 0x09, 4, 2, b's', b'n', 0x31, 3, 4, 1, b'x'],
            &[0x30, 0x0e, 0x0a, 1, 2, 0x30, 0x09, 4, 2, b'c', b'n', 0x31, 3, 4, 1, b'y'],
        ];
        assert_eq!(operation.content, changes.concat());
    }

    #[test]
    fn lengths_at_their_edges() {
        for (length, head) in [
            (0, &[4, 0][..]),
            (127, &[4, 127]),
            (128, &[4, 0x81, 128]),
            (255, &[4, 0x81, 255]),
            (256, &[4, 0x82, 1, 0]),
            (65_536, &[4, 0x83, 1, 0, 0]),
        ] {
            let encoded = octets(&"x".repeat(length));
            assert!(encoded.starts_with(head) && encoded.len() == head.len() + length, "{length}");
            let element = first(&encoded).unwrap().unwrap();
            assert_eq!((element.tag, element.content.len(), element.rest.len()), (4, length, 0));
        }
    }

    /// A search's answer: an entry whose length takes two bytes, as slapd writes it, and the result.
    fn answer(code: u8) -> Vec<u8> {
        let entry = element(ENTRY, &[&octets("dc=org"), &element(SEQUENCE, &[&octets(&"x".repeat(200))])]);
        let done = element(0x65, &[&[0x0a, 1, code], &octets(""), &octets("")]);
        [message(&entry), message(&done)].concat()
    }

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        let bytes = answer(0);
        for end in 0..bytes.len() {
            assert!(matches!(answered(&bytes[..end]), Ok(None)), "{end}");
        }
        assert_eq!(answered(&bytes).unwrap(), Some(0));
        assert_eq!(answered(&answer(32)).unwrap(), Some(32));
    }

    #[test]
    fn refuses_what_is_no_single_answer() {
        let mut twice = answer(0);
        twice.extend(answer(0));
        assert!(answered(&twice).is_err());
        for bad in [
            &b"HTTP/1.1 200 OK"[..],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x03, 0x02, 0x01, 0x01],
            &[0x30, 0x00],
        ] {
            assert!(answered(bad).is_err(), "{bad:x?}");
        }
    }
}
