//! Free-form JSON documents: an object, kept as compact text and never looked into by the store.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use memchr::memchr2;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Deepest nesting of a document, the object itself included.
pub const MAX_DEPTH: usize = 64;

/// Largest document that the faces of Chatwoot keep, in bytes of compact JSON. It is read with every record.
pub const MAX_ATTRIBUTES: usize = 64 * 1024;

/// A JSON object as compact UTF-8 text: no blanks between tokens, no escapes but the necessary ones, keys in the
/// order given and each once, numbers as they were written, no NUL anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(Box<str>);

/// Why a text is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON at all.
    #[error("is not valid JSON")]
    Syntax,
    /// JSON, but no object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// Nested too deep.
    #[error("is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// An object holds a key twice.
    #[error("holds a key twice")]
    DuplicateKey,
    /// A string holds a NUL or half of a surrogate pair.
    #[error("holds a character that is not allowed")]
    Character,
    /// A number beyond the range of a double.
    #[error("holds a number that is too large")]
    Number,
}

impl Document {
    /// Reads a document from any text.
    ///
    /// # Errors
    /// [`DocumentError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|_| DocumentError::Syntax)?;
        Self::from_raw(raw)
    }

    /// Reads a document from a value whose grammar has been checked.
    ///
    /// # Errors
    /// [`DocumentError`] says what is wrong with it.
    pub fn from_raw(raw: &RawValue) -> Result<Self, DocumentError> {
        let text = raw.get();
        if !text.starts_with('{') {
            return Err(DocumentError::NotAnObject);
        }
        Compactor::new(text).run().map(|text| Self(text.into_boxed_str()))
    }

    /// Wraps one text in an object: `{"key":"text"}`. A NUL in the text is refused.
    ///
    /// # Errors
    /// [`DocumentError::Character`] for a NUL.
    pub fn wrap(key: &str, text: &str) -> Result<Self, DocumentError> {
        if text.contains('\0') {
            return Err(DocumentError::Character);
        }
        let object = serde_json::Map::from_iter([(key.to_owned(), text.into())]);
        serde_json::to_string(&object)
            .map(|text| Self(text.into_boxed_str()))
            .map_err(|_| DocumentError::Syntax)
    }

    /// Takes a text that the store holds, which was parsed when it was written.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The compact text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the object has no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        &*self.0 == "{}"
    }

    /// The document without the member `key` of its outermost object.
    #[must_use]
    pub fn without(&self, key: &str) -> Cow<'_, Self> {
        let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(&self.0) else {
            return Cow::Borrowed(self);
        };
        let left: Vec<_> = members.iter().filter(|(name, _)| name != key).cloned().collect();
        if left.len() == members.len() {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self::of(&left, self.0.len()))
    }
}

impl Document {
    /// The document with the members of the other put into its outermost object: those of the same name are replaced in
    /// their places, the others follow.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let (Ok(Members(mut members)), Ok(Members(others))) = (
            serde_json::from_str::<Members<'_>>(&self.0),
            serde_json::from_str::<Members<'_>>(&other.0),
        ) else {
            return other.clone();
        };
        let places: HashMap<Cow<'_, str>, usize> = members
            .iter()
            .enumerate()
            .map(|(place, (name, _))| (name.clone(), place))
            .collect();
        for (name, value) in others {
            match places.get(&name) {
                Some(place) => members[*place].1 = value,
                None => members.push((name, value)),
            }
        }
        Self::of(&members, self.0.len() + other.0.len())
    }

    fn of(members: &[(Cow<'_, str>, &RawValue)], capacity: usize) -> Self {
        let mut text = String::with_capacity(capacity);
        for (name, value) in members {
            text.push(if text.is_empty() { '{' } else { ',' });
            push_string(&mut text, name);
            text.push(':');
            text.push_str(value.get());
        }
        text.push_str(if text.is_empty() { "{}" } else { "}" });
        Self(text.into_boxed_str())
    }
}

/// The members of an object in their order, values untouched.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        source.deserialize_map(InOrder)
    }
}

fn push_string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// Rewrites checked JSON as compact JSON, refusing what a document may not hold.
struct Compactor<'a> {
    text: &'a str,
    at: usize,
    /// Where what has been read but not yet written begins: most of a text is copied in one go.
    from: usize,
    out: String,
    /// For each open container: where its keys begin in `keys`, or nothing for an array.
    open: Vec<Option<usize>>,
    keys: Vec<Cow<'a, str>>,
    key_next: bool,
}

impl<'a> Compactor<'a> {
    fn new(text: &'a str) -> Self {
        let out = String::with_capacity(text.len());
        Self {
            text,
            at: 0,
            from: 0,
            out,
            open: Vec::new(),
            keys: Vec::new(),
            key_next: false,
        }
    }

    fn run(mut self) -> Result<String, DocumentError> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => {
                    self.flush();
                    self.skip_to(self.at + 1);
                }
                b'"' => self.string()?,
                b'{' => self.enter(Some(self.keys.len()), byte)?,
                b'[' => self.enter(None, byte)?,
                b'}' | b']' => self.leave()?,
                b',' => {
                    self.key_next = matches!(self.open.last(), Some(Some(_)));
                    self.token(1);
                }
                b':' => self.token(1),
                _ => self.scalar()?,
            }
        }
        self.flush();
        Ok(self.out)
    }

    /// Writes what has been read.
    fn flush(&mut self) {
        self.out.push_str(&self.text[self.from..self.at]);
        self.from = self.at;
    }

    /// Goes on from here without writing what lies between.
    fn skip_to(&mut self, at: usize) {
        self.at = at;
        self.from = at;
    }

    fn token(&mut self, length: usize) {
        self.at += length;
    }

    fn enter(&mut self, keys_from: Option<usize>, byte: u8) -> Result<(), DocumentError> {
        if self.open.len() == MAX_DEPTH {
            return Err(DocumentError::TooDeep);
        }
        self.open.push(keys_from);
        self.key_next = byte == b'{';
        self.token(1);
        Ok(())
    }

    fn leave(&mut self) -> Result<(), DocumentError> {
        if let Some(Some(from)) = self.open.pop() {
            let keys = &mut self.keys[from..];
            keys.sort_unstable();
            if keys.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(DocumentError::DuplicateKey);
            }
            self.keys.truncate(from);
        }
        self.key_next = false;
        self.token(1);
        Ok(())
    }

    fn scalar(&mut self) -> Result<(), DocumentError> {
        let rest = &self.text[self.at..];
        let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
        let word = &rest[..end];
        // Shorter than any number that could overflow, unless it has an exponent.
        let suspect = word.len() > 300 || word.contains(['e', 'E']) && !matches!(word, "true" | "false");
        if suspect && word.parse::<f64>().is_ok_and(f64::is_infinite) {
            return Err(DocumentError::Number);
        }
        self.token(end);
        Ok(())
    }

    fn string(&mut self) -> Result<(), DocumentError> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        let mut escaped = false;
        while let Some(next) = memchr2(b'"', b'\\', &bytes[end..]) {
            end += next;
            if bytes[end] == b'"' {
                break;
            }
            escaped = true;
            end += 2;
        }
        let quoted = &self.text[self.at..=end];
        let content = if escaped {
            let decoded: String = serde_json::from_str(quoted).map_err(|_| DocumentError::Character)?;
            if decoded.contains('\0') {
                return Err(DocumentError::Character);
            }
            self.flush();
            push_string(&mut self.out, &decoded);
            self.skip_to(end + 1);
            Cow::Owned(decoded)
        } else {
            self.at = end + 1;
            Cow::Borrowed(&quoted[1..quoted.len() - 1])
        };
        if self.key_next {
            self.keys.push(content);
            self.key_next = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn compact(text: &str) -> Result<String, DocumentError> {
        Document::parse(text).map(|d| d.as_str().to_owned())
    }

    #[test]
    fn blanks_and_needless_escapes_go() {
        let given = "{ \"a\" : [ 1 , true ,null ] ,\n \"caf\\u00e9\" : \"x\\/y\\n\", \"o\":{} }";
        assert_eq!(compact(given).unwrap(), r#"{"a":[1,true,null],"café":"x/y\n","o":{}}"#);
    }

    #[test]
    fn numbers_stay_as_written() {
        let text = r#"{"a":1.10,"b":-0,"c":1e5,"d":123456789012345678901234567890,"e":1E-400}"#;
        assert_eq!(compact(text).unwrap(), text);
    }

    #[test]
    fn what_a_document_may_not_hold() {
        let cases = [
            ("[]", DocumentError::NotAnObject),
            ("3", DocumentError::NotAnObject),
            ("{", DocumentError::Syntax),
            (r#"{"a":1,"a":2}"#, DocumentError::DuplicateKey),
            (r#"{"x":{"a":1,"b":[{"c":1}],"\u0061":2}}"#, DocumentError::DuplicateKey),
            (r#"{"a":"\u0000"}"#, DocumentError::Character),
            (r#"{"\u0000":1}"#, DocumentError::Character),
            (r#"{"a":"\ud800"}"#, DocumentError::Character),
            (r#"{"a":1e999}"#, DocumentError::Number),
            (r#"{"a":[-1E999]}"#, DocumentError::Number),
        ];
        for (text, error) in cases {
            assert_eq!(compact(text), Err(error), "{text}");
        }
        assert_eq!(compact(&format!(r#"{{"a":{}}}"#, "9".repeat(400))), Err(DocumentError::Number));
    }

    #[test]
    fn depth_is_limited_at_its_edge() {
        let nested =
            |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(compact(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(compact(&nested(MAX_DEPTH + 1)), Err(DocumentError::TooDeep));
        assert_eq!(compact(&nested(15_000)), Err(DocumentError::TooDeep));
    }

    #[test]
    fn the_same_key_in_different_objects_is_fine() {
        let text = r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#;
        assert_eq!(compact(text).unwrap(), text);
    }

    #[test]
    fn a_member_can_be_left_out() {
        let document = Document::parse(r#"{"z":1,"@private":{"email":"m@x.test"},"a":"}"}"#).unwrap();
        assert_eq!(document.without("@private").as_str(), r#"{"z":1,"a":"}"}"#);
        assert_eq!(document.without("other").as_str(), document.as_str());
        assert!(Document::parse(r#"{"@private":1}"#).unwrap().without("@private").is_empty());
    }

    #[test]
    fn members_are_put_in() {
        let merged = |held: &str, other: &str| {
            let (held, other) = (Document::parse(held).unwrap(), Document::parse(other).unwrap());
            held.merged(&other).as_str().to_owned()
        };
        let held = r#"{"plan":"gold","seats":{"a":1},"é":1.10}"#;
        assert_eq!(merged(held, "{}"), held);
        assert_eq!(merged("{}", held), held);
        assert_eq!(
            merged(held, r#"{"new":[2],"seats":{"b":2},"plan":null}"#),
            r#"{"plan":null,"seats":{"b":2},"é":1.10,"new":[2]}"#
        );
    }

    #[test]
    fn a_text_can_be_wrapped() {
        assert_eq!(
            Document::wrap("rawMetadata", "a \"b\"").unwrap().as_str(),
            r#"{"rawMetadata":"a \"b\""}"#
        );
        assert_eq!(Document::wrap("k", "\0"), Err(DocumentError::Character));
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[^\0]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[^\0]{0,8}", inner, 0..6)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn meaning_survives_and_pretty_and_compact_agree(value in json()) {
            let object = serde_json::json!({ "v": value });
            let pretty = serde_json::to_string_pretty(&object).unwrap();
            let document = Document::parse(&pretty).unwrap();
            prop_assert_eq!(document.as_str(), object.to_string());
            prop_assert_eq!(serde_json::from_str::<Value>(document.as_str()).unwrap(), object);
        }
    }
}
