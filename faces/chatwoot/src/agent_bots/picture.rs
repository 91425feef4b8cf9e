//! Pictures: what counts as one, and how one is shown.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rollcall_directory::agent_bot_pictures::Shown;
use rollcall_model::Picture;

/// How the files of each kind begin. Whatever a file says that it is, browsers and we go by this.
const BEGINNINGS: [(&[u8], &str); 4] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
];

/// These bytes as a picture, if they begin like one of the kinds that the vendor takes.
pub(super) fn of(bytes: &[u8]) -> Option<Picture> {
    let (_, content_type) = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning))?;
    Some(Picture {
        content_type: (*content_type).to_owned(),
        bytes: bytes.to_vec(),
    })
}

/// A picture as somebody else's bytes are to be shown: as a picture or not at all, never as a page. Nothing if the client
/// has it already.
pub(super) fn answer(shown: Shown, asked: &HeaderMap) -> Response {
    let Shown { picture: Picture { content_type, bytes }, digest } = shown;
    let tag = format!("\"{digest}\"");
    let known = is_known(asked, &tag);
    let mut response = Response::new(if known { Body::empty() } else { Body::from(bytes) });
    let headers = response.headers_mut();
    let given = [(header::CONTENT_TYPE, content_type), (header::ETAG, tag)];
    for (name, value) in given {
        // Both are of our own making, and hold nothing that a header may not.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response
}

/// Whether the client says that it has what this tag stands for.
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).into_iter();
    let mut tags = lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(','));
    tags.any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_how_it_begins() {
        for (bytes, kind) in [
            (b"\x89PNG\r\n\x1a\n...".as_slice(), Some("image/png")),
            (b"\xff\xd8\xff\xe0..JFIF", Some("image/jpeg")),
            (b"GIF87a", Some("image/gif")),
            (b"GIF89a<script>", Some("image/gif")),
            (b"", None),
            (b"\x89PNG\n", None),
            (b"\xff\xd8", None),
            (b"GIF88a", None),
            (b" GIF89a", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
            (b"RIFF....WEBPVP8 ", None),
        ] {
            let found = of(bytes);
            assert_eq!(found.as_ref().map(|picture| picture.content_type.as_str()), kind, "{bytes:?}");
            assert!(found.is_none_or(|picture| picture.bytes == bytes));
        }
    }

    #[test]
    fn a_tag_is_known_in_any_list() {
        for (sent, known) in [
            (vec!["\"a\""], true),
            (vec!["W/\"a\""], true),
            (vec!["\"b\", \"a\""], true),
            (vec!["\"b\"", "\"a\""], true),
            (vec!["*"], true),
            (vec!["\"b\""], false),
            (vec!["a"], false),
            (vec![], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in &sent {
                headers.append(header::IF_NONE_MATCH, HeaderValue::from_static(value));
            }
            assert_eq!(is_known(&headers, "\"a\""), known, "{sent:?}");
        }
    }
}
