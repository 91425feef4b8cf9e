//! Checking the fields of a body: the rules of the vendor's validator, all fields in one go (reference §3.2).
//!
//! Texts are trimmed, and a blank one counts as null. Each rule has one sentence.

use rollcall_http::body::{BadBody, Fields};
use rollcall_model::{Document, DocumentError, Patch};
use serde_json::value::RawValue;
use url::Url;

use crate::fault::{Details, Fault};

/// Most names in a list of names to choose from.
const MAX_NAMES: usize = 25;
/// Longest of them in characters.
const MAX_NAME: usize = 100;

/// Rules and their sentences.
pub(crate) mod says {
    use rollcall_model::DocumentError;

    pub(crate) fn required(field: &str) -> String {
        format!("The {} field is required.", display(field))
    }

    pub(crate) fn filled(field: &str) -> String {
        format!("The {} field must have a value.", display(field))
    }

    pub(crate) fn string(field: &str) -> String {
        format!("The {} must be a string.", display(field))
    }

    pub(crate) fn too_long(field: &str, max: usize) -> String {
        format!("The {} may not be greater than {max} characters.", display(field))
    }

    pub(crate) fn too_large(field: &str, max: usize) -> String {
        format!("The {} may not be greater than {max} bytes.", display(field))
    }

    pub(crate) fn unfit(field: &str, error: DocumentError) -> String {
        format!("The {} {error}.", display(field))
    }

    pub(crate) fn format(field: &str) -> String {
        format!("The {} format is invalid.", display(field))
    }

    pub(crate) fn array(field: &str) -> String {
        format!("The {} must be an array.", display(field))
    }

    pub(crate) fn too_many(field: &str, max: usize) -> String {
        format!("The {} may not have more than {max} items.", display(field))
    }

    pub(crate) fn boolean(field: &str) -> String {
        format!("The {} field must be true or false.", display(field))
    }

    pub(crate) fn integer(field: &str) -> String {
        format!("The {} must be an integer.", display(field))
    }

    pub(crate) fn at_least(field: &str, min: i64) -> String {
        format!("The {} must be at least {min}.", display(field))
    }

    pub(crate) fn between(field: &str, min: i64, max: i64) -> String {
        format!("The {} must be between {min} and {max}.", display(field))
    }

    pub(crate) fn not_before(field: &str, other: &str) -> String {
        format!("The {} must not be before the {}.", display(field), display(other))
    }

    pub(crate) fn selected(field: &str) -> String {
        format!("The selected {} is invalid.", display(field))
    }

    /// `statusMessage` reads `status message`.
    fn display(field: &str) -> String {
        let mut text = String::with_capacity(field.len() + 4);
        for character in field.chars() {
            if character.is_ascii_uppercase() {
                text.push(' ');
            }
            text.push(character.to_ascii_lowercase());
        }
        text
    }
}

/// A field as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given<T> {
    /// Not there.
    Absent,
    /// Null or a blank text.
    Blank,
    /// A value of the right kind.
    Value(T),
    /// Something else, and the details say so.
    Wrong,
}

/// A body whose fields are being checked.
pub(crate) struct Form<'a> {
    fields: Fields<'a>,
    details: Details,
}

impl<'a> Form<'a> {
    pub(crate) fn new(fields: Fields<'a>) -> Self {
        Self { fields, details: Details::default() }
    }

    /// Ends the check.
    pub(crate) fn finish(self) -> Result<(), Fault> {
        if self.details.is_empty() {
            Ok(())
        } else {
            Err(Fault::invalid(self.details))
        }
    }

    pub(crate) fn refuse(&mut self, path: impl Into<String>, message: String) {
        self.details.add(path, message);
    }

    /// A text of at most `max` characters.
    pub(crate) fn text(&mut self, field: &str, max: usize) -> Given<String> {
        match self.fields.get(field) {
            None => Given::Absent,
            Some(raw) => self.text_at(field, raw, max),
        }
    }

    fn text_at(&mut self, path: &str, raw: &RawValue, max: usize) -> Given<String> {
        let message = match raw.get() {
            "null" => return Given::Blank,
            quoted if quoted.starts_with('"') => match serde_json::from_str::<String>(quoted) {
                Ok(text) if text.contains('\0') => says::format(path),
                Ok(text) => match text.trim() {
                    "" => return Given::Blank,
                    trimmed if trimmed.chars().count() > max => says::too_long(path, max),
                    trimmed if trimmed.len() == text.len() => return Given::Value(text),
                    trimmed => return Given::Value(trimmed.to_owned()),
                },
                // Half a surrogate pair: JSON allows it, Unicode does not.
                Err(_) => says::format(path),
            },
            _ => says::string(path),
        };
        self.refuse(path, message);
        Given::Wrong
    }

    /// A text that may be left out but, when there, must have a value.
    pub(crate) fn filled_text(&mut self, field: &str, max: usize) -> Option<String> {
        let given = self.text(field, max);
        self.filled(field, given)
    }

    /// A web address of at most `max` characters that may be left out.
    pub(crate) fn filled_url(&mut self, field: &str, max: usize) -> Option<String> {
        let text = self.filled_text(field, max)?;
        if is_web_address(&text) {
            return Some(text);
        }
        self.refuse(field, says::format(field));
        None
    }

    /// A text that must be there.
    pub(crate) fn required_text(&mut self, field: &str, max: usize) -> Option<String> {
        match self.text(field, max) {
            Given::Value(text) => Some(text),
            Given::Wrong => None,
            Given::Absent | Given::Blank => {
                self.refuse(field, says::required(field));
                None
            }
        }
    }

    fn filled<T>(&mut self, field: &str, given: Given<T>) -> Option<T> {
        match given {
            Given::Value(value) => Some(value),
            Given::Absent | Given::Wrong => None,
            Given::Blank => {
                self.refuse(field, says::filled(field));
                None
            }
        }
    }

    /// A flag: true, false, or the numbers and texts that stand for them. Absent is false.
    pub(crate) fn flag(&mut self, field: &str) -> bool {
        match self.fields.get(field).map(RawValue::get) {
            None | Some("false" | "0" | "\"0\"" | "\"false\"") => false,
            Some("true" | "1" | "\"1\"" | "\"true\"") => true,
            Some(_) => {
                self.refuse(field, says::boolean(field));
                false
            }
        }
    }

    /// A list of texts: at most `most`, each of at most `max` characters and not blank.
    pub(crate) fn texts(&mut self, field: &str, most: usize, max: usize) -> Given<Vec<String>> {
        let Some(raw) = self.fields.get(field) else {
            return Given::Absent;
        };
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
            if raw.get() == "null" {
                return Given::Blank;
            }
            self.refuse(field, says::array(field));
            return Given::Wrong;
        };
        if items.len() > most {
            self.refuse(field, says::too_many(field, most));
            return Given::Wrong;
        }
        let mut texts = Vec::with_capacity(items.len());
        let mut wrong = false;
        for (position, item) in items.into_iter().enumerate() {
            let path = format!("{field}.{position}");
            match self.text_at(&path, item, max) {
                Given::Value(text) => texts.push(text),
                Given::Wrong => wrong = true,
                Given::Absent | Given::Blank => {
                    self.refuse(path.clone(), says::required(&path));
                    wrong = true;
                }
            }
        }
        if wrong { Given::Wrong } else { Given::Value(texts) }
    }

    /// An object whose members are checked one by one; PHP writes an empty one as `[]`.
    pub(crate) fn object(&mut self, field: &str) -> Given<Fields<'a>> {
        let Some(raw) = self.fields.get(field) else {
            return Given::Absent;
        };
        let message = match Fields::parse(raw.get().as_bytes(), true) {
            Ok(members) => return Given::Value(members),
            Err(_) if is_blank(raw) => return Given::Blank,
            Err(BadBody::NotAnObject) => says::array(field),
            Err(_) => says::format(field),
        };
        self.refuse(field, message);
        Given::Wrong
    }

    /// One of a few words, as a member of an object.
    pub(crate) fn word_at<T>(
        &mut self,
        path: &str,
        raw: &RawValue,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Given<T> {
        if is_blank(raw) {
            return Given::Blank;
        }
        let word = serde_json::from_str::<String>(raw.get()).ok();
        match word.and_then(|word| parse(word.trim())) {
            Some(value) => Given::Value(value),
            None => {
                self.refuse(path, says::selected(path));
                Given::Wrong
            }
        }
    }

    /// Which of `known` a list of names holds; other names are refused.
    pub(crate) fn names<const N: usize>(&mut self, field: &str, known: [&str; N]) -> [bool; N] {
        let mut named = [false; N];
        let names = match self.texts(field, MAX_NAMES, MAX_NAME) {
            Given::Value(names) => names,
            Given::Blank => {
                self.refuse(field, says::array(field));
                return named;
            }
            Given::Absent | Given::Wrong => return named,
        };
        for (position, name) in names.iter().enumerate() {
            match known.iter().position(|known| known == name) {
                Some(which) => named[which] = true,
                None => {
                    let path = format!("{field}.{position}");
                    self.refuse(path.clone(), says::selected(&path));
                }
            }
        }
        named
    }

    /// A free-form document of at most `max` bytes of compact JSON. A text that is itself a JSON object counts as
    /// that; any other text is kept under `rawMetadata`; PHP writes an empty object as `[]`.
    pub(crate) fn document(&mut self, field: &str, max: usize) -> Option<Document> {
        let raw = self.fields.get(field)?;
        let document = match raw.get().as_bytes()[0] {
            b'n' => Err(says::filled(field)),
            b'"' => match serde_json::from_str::<String>(raw.get()) {
                Ok(text) if text.trim().is_empty() => Err(says::filled(field)),
                Ok(text) => from_text(&text).map_err(|error| says::unfit(field, error)),
                Err(_) => Err(says::format(field)),
            },
            b'[' if serde_json::from_str::<[(); 0]>(raw.get()).is_ok() => Ok(Document::stored("{}")),
            _ => Document::from_raw(raw).map_err(|error| says::unfit(field, error)),
        };
        match document {
            Ok(document) if document.as_str().len() <= max => return Some(document),
            Ok(_) => self.refuse(field, says::too_large(field, max)),
            Err(message) => self.refuse(field, message),
        }
        None
    }
}

/// Null or a blank text.
fn is_blank(raw: &RawValue) -> bool {
    serde_json::from_str::<Option<String>>(raw.get())
        .is_ok_and(|text| text.is_none_or(|text| text.trim().is_empty()))
}

/// A change of a field that may be unset in the same body: then it ends unset.
pub(crate) fn cleared<T>(unset: bool, patch: Patch<T>) -> Patch<T> {
    if unset { Patch::Clear } else { patch }
}

/// An absolute address of the web with a host. The parser alone would take `https:example.org` and `https:///example.org`
/// for one too, as browsers do, and leave out control characters.
fn is_web_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c));
    web && plain && !rest.starts_with(['/', '\\']) && Url::parse(text).is_ok_and(|url| url.has_host())
}

fn from_text(text: &str) -> Result<Document, DocumentError> {
    match Document::parse(text) {
        Err(DocumentError::Syntax | DocumentError::NotAnObject) => Document::wrap("rawMetadata", text),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> Form<'_> {
        Form::new(Fields::parse(body.as_bytes(), true).unwrap())
    }

    #[test]
    fn names_of_fields_are_spoken() {
        assert_eq!(says::filled("statusMessage"), "The status message field must have a value.");
        assert_eq!(says::required("tags.0"), "The tags.0 field is required.");
    }

    #[test]
    fn texts_are_trimmed_and_counted_in_characters() {
        let text = format!(
            r#"{{"a":"  x ","b":"{}","c":"{}","d":" ","e":null,"f":1}}"#,
            "é".repeat(5),
            "é".repeat(6)
        );
        let mut form = form(&text);
        assert_eq!(form.text("a", 5), Given::Value("x".to_owned()));
        assert_eq!(form.text("b", 5), Given::Value("é".repeat(5)));
        assert_eq!(form.text("c", 5), Given::Wrong);
        assert_eq!(form.text("d", 5), Given::Blank);
        assert_eq!(form.text("e", 5), Given::Blank);
        assert_eq!(form.text("f", 5), Given::Wrong);
        assert_eq!(form.text("g", 5), Given::Absent);
    }

    #[test]
    fn web_addresses() {
        for (url, legal) in [
            ("https://example.org/a.png", true),
            ("http://user@example.org:8080/x?y#z", true),
            ("https://münchen.example/ü", true),
            ("ftp://example.org", false),
            ("javascript:alert(1)", false),
            ("example.org/a.png", false),
            ("https://", false),
            ("https:example.org", false),
            ("https:///example.org", false),
            ("https:/\\\\example.org", false),
            ("https://example.org/\\u0001", false),
            ("https://exa mple.org", false),
            ("not a url", false),
        ] {
            let body = format!(r#"{{"avatar":"{url}"}}"#);
            let mut form = form(&body);
            assert_eq!(form.filled_url("avatar", 3000).is_some(), legal, "{url}");
            assert_eq!(form.finish().is_ok(), legal, "{url}");
        }
    }

    #[test]
    fn objects_are_taken_apart() {
        for (given, expected) in [
            (r#"{"a":"x"}"#, Some(1)),
            ("{}", Some(0)),
            ("[ ]", Some(0)),
            ("[1]", None),
            ("3", None),
            (r#""x""#, None),
            (r#"{"a":1,"a":2}"#, None),
        ] {
            let body = format!(r#"{{"settings":{given}}}"#);
            let mut form = form(&body);
            let count = match form.object("settings") {
                Given::Value(members) => Some(members.len()),
                other => {
                    assert!(matches!(other, Given::Wrong), "{given}");
                    None
                }
            };
            assert_eq!(count, expected, "{given}");
            assert_eq!(form.finish().is_ok(), expected.is_some(), "{given}");
        }
        for given in ["null", r#"" ""#] {
            let body = format!(r#"{{"settings":{given}}}"#);
            assert!(matches!(form(&body).object("settings"), Given::Blank), "{given}");
        }
        assert!(matches!(form("{}").object("settings"), Given::Absent));
    }

    #[test]
    fn words_are_those_that_are_known() {
        let known = |text: &str| (text == "all").then_some(1);
        for (given, expected) in [
            (r#"" all ""#, Given::Value(1)),
            ("null", Given::Blank),
            (r#""""#, Given::Blank),
            (r#""All""#, Given::Wrong),
            (r#""\ud800""#, Given::Wrong),
            ("true", Given::Wrong),
            (r#"["all"]"#, Given::Wrong),
        ] {
            let body = format!(r#"{{"a":{given}}}"#);
            let fields = Fields::parse(body.as_bytes(), true).unwrap();
            let mut form = form("{}");
            assert_eq!(form.word_at("s.a", fields.get("a").unwrap(), known), expected, "{given}");
            assert_eq!(form.finish().is_err(), expected == Given::Wrong, "{given}");
        }
    }

    #[test]
    fn documents_come_in_several_forms() {
        for (given, expected) in [
            (r#"{ "a": 1 }"#, Some(r#"{"a":1}"#)),
            (r#""{\"a\":1}""#, Some(r#"{"a":1}"#)),
            (r#""plain text""#, Some(r#"{"rawMetadata":"plain text"}"#)),
            (r#""[1]""#, Some(r#"{"rawMetadata":"[1]"}"#)),
            ("[ ]", Some("{}")),
            ("[1]", None),
            ("3", None),
            ("true", None),
            ("null", None),
            (r#""  ""#, None),
            (r#""\ud800""#, None),
        ] {
            let body = format!(r#"{{"metadata":{given}}}"#);
            let mut form = form(&body);
            let document = form.document("metadata", 5120);
            assert_eq!(document.as_ref().map(Document::as_str), expected, "{given}");
        }
    }
}
