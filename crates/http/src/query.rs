//! Query strings, decoded strictly.

use percent_encoding::percent_decode_str;

/// The parameters of a request, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

/// The parameter of this name holds bytes that are no UTF-8, or a NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadQuery(pub String);

impl Query {
    /// Decodes a query string.
    ///
    /// # Errors
    /// [`BadQuery`] names the first parameter that is not text.
    pub fn parse(text: Option<&str>) -> Result<Self, BadQuery> {
        let mut pairs = Vec::new();
        for pair in text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).ok_or_else(|| BadQuery(name.to_owned()))?;
            let value = decode(value).ok_or_else(|| BadQuery(base(&name).to_owned()))?;
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// The last value of this name, trimmed; a blank one counts as absent.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// All values of this name, be they repeated, comma separated, or under `name[]` or `name[0]`; trimmed,
    /// without blanks.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<&str> {
        let values = self
            .0
            .iter()
            .filter(|(key, _)| base(key) == name)
            .flat_map(|(_, value)| value.split(','));
        values.map(str::trim).filter(|value| !value.is_empty()).collect()
    }
}

/// `tags` of `tags`, `tags[]` and `tags[3]`.
fn base(name: &str) -> &str {
    match name.split_once('[') {
        Some((base, rest))
            if rest.strip_suffix(']').is_some_and(|i| i.bytes().all(|b| b.is_ascii_digit())) =>
        {
            base
        }
        _ => name,
    }
}

/// Text as it was before it was encoded, unless it is no UTF-8 or holds a NUL.
pub(crate) fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    (!decoded.contains('\0')).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_many_spellings() {
        let query = Query::parse(Some("tags=a,b&tags=c&tags[]=d&tags[1]=e&tags[x]=no&tags=,%20,")).unwrap();
        assert_eq!(query.list("tags"), ["a", "b", "c", "d", "e"]);
        assert!(query.list("roles").is_empty());
    }

    #[test]
    fn values_are_decoded_and_blanks_are_absent() {
        let query = Query::parse(Some("searchKey=Mira+Kova%C4%8D&page=&page=%20&a=b=c&flag")).unwrap();
        assert_eq!(query.one("searchKey"), Some("Mira Kovač"));
        assert_eq!(query.one("page"), None);
        assert_eq!(query.one("a"), Some("b=c"));
        assert_eq!(query.one("flag"), None);
        assert_eq!(Query::parse(None).unwrap(), Query::default());
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(Query::parse(Some("a=1&searchKey=%ff")), Err(BadQuery("searchKey".to_owned())));
        assert_eq!(Query::parse(Some("tags[]=%00")), Err(BadQuery("tags".to_owned())));
    }
}
