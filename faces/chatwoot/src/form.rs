//! Typed fields of a request, as the vendor's server takes them: absent, null and a value are three different things, a
//! field of the wrong kind counts as absent, and unknown fields are nothing at all (reference §2).

use axum::extract::{FromRequest, Request};
use rollcall_http::params::{BadParams, File, FileTooLarge, Limits, Params};
use rollcall_model::{Document, MAX_ATTRIBUTES, Patch};
use serde_json::value::RawValue;

use crate::fault::{Fault, Invalid};
use crate::{MAX_BODY, MAX_PICTURE};

/// Room for fields alone.
pub(crate) const FIELDS: Limits = Limits { text: MAX_BODY, file: 0 };

/// Room for fields and a picture.
pub(crate) const PICTURE: Limits = Limits { text: MAX_BODY, file: MAX_PICTURE };

/// A request whose fields are being checked.
#[derive(Debug)]
pub(crate) struct Form {
    params: Params,
    invalid: Invalid,
    malformed: bool,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        Self::read(request, FIELDS).await
    }
}

impl Form {
    /// Reads the fields, and the files, of a request.
    pub(crate) async fn read(request: Request, limits: Limits) -> Result<Self, Fault> {
        let params = Params::read(request, limits).await.map_err(|bad| match bad {
            BadParams::TooLarge => Fault::too_large(),
            BadParams::Incomplete | BadParams::Malformed => Fault::bad_request(),
        })?;
        Ok(Self { params, invalid: Invalid::default(), malformed: false })
    }

    /// Ends the check: the value, if nothing was refused.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Fault> {
        if self.malformed {
            return Err(Fault::bad_request());
        }
        self.invalid.or_else(value)
    }

    /// Says something about a field, in a whole sentence.
    pub(crate) fn refuse(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.invalid.add(field, sentence);
    }

    /// The field as it came.
    pub(crate) fn raw(&self, field: &str) -> Option<&RawValue> {
        self.params.get(field)
    }

    /// The file of this name.
    pub(crate) fn file(&self, field: &str) -> Result<Option<&File>, FileTooLarge> {
        self.params.file(field)
    }

    /// A text, untouched.
    pub(crate) fn text(&mut self, field: &str) -> Patch<String> {
        match self.raw(field).map(RawValue::get) {
            None => Patch::Keep,
            Some("null") => Patch::Clear,
            Some(quoted) if quoted.starts_with('"') => self.parsed(serde_json::from_str(quoted).ok()),
            Some(_) => Patch::Keep,
        }
    }

    /// A text of at most `max` characters.
    pub(crate) fn text_within(&mut self, field: &'static str, max: usize) -> Patch<String> {
        let text = self.text(field);
        if text.value().is_some_and(|text| text.chars().count() > max) {
            self.refuse(field, too_long(field, max));
        }
        text
    }

    /// A whole number, or a text that is one; a blank text is null. Any other number or text is 0, the number of nothing.
    pub(crate) fn integer(&mut self, field: &str) -> Patch<i64> {
        let number = match self.raw(field).map(RawValue::get) {
            None => return Patch::Keep,
            Some("null") => return Patch::Clear,
            Some(json) if json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
                json.parse().unwrap_or(0)
            }
            Some(json) if json.starts_with('"') => match self.text(field) {
                Patch::Set(text) if text.trim().is_empty() => return Patch::Clear,
                Patch::Set(text) => text.trim().parse().unwrap_or(0),
                Patch::Keep | Patch::Clear => return Patch::Keep,
            },
            Some(_) => return Patch::Keep,
        };
        Patch::Set(number)
    }

    /// A free-form document. One that cannot be kept (half a surrogate pair, a number beyond a double, a member twice,
    /// deeper than documents go) makes the request malformed.
    pub(crate) fn document(&mut self, field: &'static str) -> Patch<Document> {
        match self.raw(field) {
            None => Patch::Keep,
            Some(raw) if raw.get() == "null" => Patch::Clear,
            Some(raw) if raw.get().starts_with('{') => {
                let document = Document::from_raw(raw).ok();
                if document
                    .as_ref()
                    .is_some_and(|document| document.as_str().len() > MAX_ATTRIBUTES)
                {
                    self.refuse(field, too_large(field));
                }
                self.parsed(document)
            }
            Some(_) => Patch::Keep,
        }
    }

    fn parsed<T>(&mut self, value: Option<T>) -> Patch<T> {
        if value.is_none() {
            self.malformed = true;
        }
        value.map_or(Patch::Keep, Patch::Set)
    }
}

/// A field has more than `max` characters.
pub(crate) fn too_long(field: &str, max: usize) -> String {
    format!("{} is too long (maximum is {max} characters)", human(field))
}

/// A document is larger than those that are kept.
pub(crate) fn too_large(field: &str) -> String {
    format!("{} is too long (maximum is {MAX_ATTRIBUTES} bytes)", human(field))
}

/// A field has no value, and needs one.
pub(crate) fn blank(field: &str) -> String {
    format!("{} can't be blank", human(field))
}

/// `display_name` reads `Display name`.
pub(crate) fn human(field: &str) -> String {
    let spaced = field.replace('_', " ");
    let mut characters = spaced.chars();
    characters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + characters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::header;

    use super::*;

    async fn form(body: &str) -> Form {
        let request = Request::builder()
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        Form::read(request, FIELDS).await.unwrap()
    }

    async fn of(value: &str) -> Form {
        form(&format!(r#"{{"field":{value}}}"#)).await
    }

    #[tokio::test]
    async fn a_text_is_a_text_and_nothing_else() {
        for (value, expected) in [
            (r#"" é ""#, Patch::Set(" é ".to_owned())),
            (r#""""#, Patch::Set(String::new())),
            ("null", Patch::Clear),
            ("5", Patch::Keep),
            ("true", Patch::Keep),
            ("{}", Patch::Keep),
            ("[]", Patch::Keep),
        ] {
            let mut form = of(value).await;
            assert_eq!(form.text("field"), expected, "{value}");
            assert!(form.finish(()).is_ok(), "{value}");
        }
        assert_eq!(form("{}").await.text("field"), Patch::Keep);
    }

    #[tokio::test]
    async fn a_text_is_counted_in_characters() {
        for (length, fits) in [(5, true), (6, false)] {
            let mut form = form(&format!(r#"{{"display_name":"{}"}}"#, "é".repeat(length))).await;
            form.text_within("display_name", 5);
            assert_eq!(form.finish(()).is_ok(), fits, "{length}");
        }
        assert_eq!(too_long("display_name", 5), "Display name is too long (maximum is 5 characters)");
        assert_eq!(blank("name"), "Name can't be blank");
    }

    #[tokio::test]
    async fn an_integer_may_be_a_text() {
        for (value, expected) in [
            ("7", Patch::Set(7)),
            ("-7", Patch::Set(-7)),
            (r#"" 7 ""#, Patch::Set(7)),
            (r#""7a""#, Patch::Set(0)),
            ("1.5", Patch::Set(0)),
            ("9223372036854775808", Patch::Set(0)),
            (r#""9223372036854775808""#, Patch::Set(0)),
            ("null", Patch::Clear),
            (r#"" ""#, Patch::Clear),
            ("true", Patch::Keep),
            ("[7]", Patch::Keep),
            ("{}", Patch::Keep),
        ] {
            assert_eq!(of(value).await.integer("field"), expected, "{value}");
        }
        assert_eq!(form("{}").await.integer("field"), Patch::Keep);
    }

    #[tokio::test]
    async fn a_document_is_an_object() {
        for (value, expected) in [
            (r#"{ "a": 1.50 }"#, Patch::Set(Document::stored(r#"{"a":1.50}"#))),
            ("{}", Patch::Set(Document::stored("{}"))),
            ("null", Patch::Clear),
            (r#""{}""#, Patch::Keep),
            ("[]", Patch::Keep),
            ("1", Patch::Keep),
        ] {
            let mut form = of(value).await;
            assert_eq!(form.document("field"), expected, "{value}");
            assert!(form.finish(()).is_ok(), "{value}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_kept_is_malformed() {
        for value in [
            r#""\ud800""#,
            r#"{"a":"\ud800"}"#,
            r#"{"\udc00":1}"#,
            r#"{"a":1e999}"#,
            r#"{"a":1,"a":2}"#,
        ] {
            let mut form = of(value).await;
            form.text("field");
            form.document("field");
            assert!(form.malformed, "{value}");
            form.refuse("field", "Field is odd");
            assert!(format!("{:?}", form.finish(())).contains("400"), "{value}");
        }
        let deep = format!("{}1{}", r#"{"a":"#.repeat(65), "}".repeat(65));
        let mut form = of(&deep).await;
        form.document("field");
        assert!(form.malformed);
    }
}
