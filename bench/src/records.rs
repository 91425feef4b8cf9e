//! The user that all sides of a comparison hold, as text of constant length.
//!
//! Everything is rendered for the first user and revision zero; loader, bare server and pgbench then replace
//! [`FIRST_UID`] and [`REVISION`] in it by others of the same length.

/// Number of the first user; the next ones follow, so that all have eight digits.
pub(crate) const FIRST_USER: u32 = 10_000_000;
/// Digits of every user's number.
pub(crate) const USER_DIGITS: usize = 8;
/// Most users there can be, those made while measuring among them.
pub(crate) const MOST_USERS: u32 = 89_999_999;
/// Users that a bulk call names: as many as it may.
pub(crate) const BULK: u32 = 25;
/// What precedes the number in a uid.
pub(crate) const UID_PREFIX: &str = "bench-";
/// The uid that stands for any uid in the texts below.
pub(crate) const FIRST_UID: &str = "bench-10000000";
/// The text that stands for any revision in the texts below.
pub(crate) const REVISION: &str = "0000000000";
/// What precedes the revision in a status message.
pub(crate) const STATUS_PREFIX: &str = "On shift ";
/// The tag that stands for any tag in the texts below, where every user has one of its own choice.
pub(crate) const TAG: &str = "t-000000";
/// Name of every user; the revision takes part so that a change of name is possible without a change of length.
pub(crate) const NAME: &str = "Ada North 0000000000";
/// Avatar of every user.
pub(crate) const AVATAR: &str = "https://example.com/a/bench-10000000.png";
/// Link of every user.
pub(crate) const LINK: &str = "https://example.com/u/bench-10000000";

/// About 300 bytes of JSON, with a private part, changing with the revision. No letter or digit follows a colon:
/// pgbench would take it for a variable.
pub(crate) const METADATA: &str = concat!(
    r#"{"@private":{"email":"bench-10000000@example.com","contactNumber":"+41 44 555 01 02"},"#,
    r#""revision":"0000000000","department":"Logistics, second floor","languages":["de","fr","en"],"#,
    r#""about":"Looks after the loading docks and the night shift; ask about pallets, seals and customs papers, not about invoices.","active":"yes"}"#
);

/// Body of the POST that makes a user, with two tags that all have, or with one of many.
pub(crate) fn create_body(many_tags: bool) -> String {
    let tags = if many_tags {
        format!(r#"["{TAG}"]"#)
    } else {
        r#"["north","beta"]"#.to_owned()
    };
    format!(
        r#"{{"uid":"{FIRST_UID}","name":"{NAME}","avatar":"{AVATAR}","link":"{LINK}","statusMessage":"{STATUS_PREFIX}{REVISION}","metadata":{METADATA},"tags":{tags}}}"#
    )
}

/// Body of the PUT that changes status message and metadata.
pub(crate) fn put_body() -> String {
    format!(r#"{{"statusMessage":"{STATUS_PREFIX}{REVISION}","metadata":{METADATA}}}"#)
}

/// Body of the PUT that changes the name as well, hence whatever serves search.
pub(crate) fn put_name_body() -> String {
    format!(r#"{{"name":"{NAME}","statusMessage":"{STATUS_PREFIX}{REVISION}","metadata":{METADATA}}}"#)
}

/// Body of the PATCH that changes what Chatwoot's face shows of a user.
pub(crate) fn chatwoot_body() -> String {
    format!(
        r#"{{"display_name":"Ada {REVISION}","custom_attributes":{{"shift":"night","revision":"{REVISION}"}}}}"#
    )
}

/// Body of the PUT that adds to a user's credits in Klaim's face.
pub(crate) fn klaim_body() -> String {
    format!(r#"{{"credit_delta":0.25,"description":"Night shift {REVISION}"}}"#)
}

/// Body of a bulk call about the first users, under the name that the call has for them.
pub(crate) fn bulk_body(field: &str) -> String {
    let uids = vec![format!("\"{FIRST_UID}\""); BULK as usize].join(",");
    format!(r#"{{"{field}":[{uids}]}}"#)
}

/// What the bare server answers when it was given no answer of the real one.
pub(crate) fn built_in_answer() -> String {
    format!(
        r#"{{"data":{{"uid":"{FIRST_UID}","name":"{NAME}","link":"{LINK}","avatar":"{AVATAR}","metadata":{METADATA},"status":"offline","role":"default","statusMessage":"{STATUS_PREFIX}{REVISION}","createdAt":1700000000,"updatedAt":1700000001}}}}"#
    )
}

/// The uid of the user with this index, counted from zero.
pub(crate) fn uid(index: u32) -> String {
    format!("{UID_PREFIX}{}", FIRST_USER + index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_method() {
        assert!((290..=340).contains(&METADATA.len()), "{}", METADATA.len());
        assert!((330..=390).contains(&put_body().len()), "{}", put_body().len());
        let row = FIRST_UID.len()
            + NAME.len()
            + AVATAR.len()
            + LINK.len()
            + METADATA.len()
            + STATUS_PREFIX.len()
            + 10;
        assert!((430..=500).contains(&row), "{row}");
    }

    #[test]
    fn texts_are_json() {
        for text in [
            create_body(false),
            create_body(true),
            put_body(),
            put_name_body(),
            chatwoot_body(),
            klaim_body(),
            bulk_body("uids"),
            built_in_answer(),
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn uids_have_one_length() {
        assert_eq!(uid(0), FIRST_UID);
        assert_eq!(uid(MOST_USERS).len(), FIRST_UID.len());
    }
}
