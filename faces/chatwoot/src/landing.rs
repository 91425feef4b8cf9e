//! The page that a login link leads to: it redeems the link and shows who is signed in.

use std::sync::LazyLock;

use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header;
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("landing.html");

/// What the page may do: run its own script, show its own style, speak to this server.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let (script, style) = (hash_of("script"), hash_of("style"));
    format!(
        "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// `GET /app/login`
pub(crate) async fn page() -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, Html(PAGE)).into_response()
}

/// The hash of the page's one element of this name, as the policy names it.
fn hash_of(element: &str) -> String {
    let content = content(element).unwrap_or_default();
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(content)))
}

fn content(element: &str) -> Option<&'static str> {
    let (_, rest) = PAGE.split_once(&format!("<{element}>"))?;
    let (content, _) = rest.split_once(&format!("</{element}>"))?;
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_script_and_one_style_and_nothing_from_elsewhere() {
        for element in ["script", "style"] {
            assert_eq!(PAGE.matches(&format!("<{element}")).count(), 1, "{element}");
            assert!(content(element).is_some_and(|content| content.len() > 100), "{element}");
        }
        for foreign in ["src=", "http://", "https://", "@import", "innerHTML", " style=", " onclick"] {
            assert!(!PAGE.contains(foreign), "{foreign}");
        }
        assert!(POLICY.contains("script-src 'sha256-") && POLICY.contains("style-src 'sha256-"));
        assert!(!POLICY.contains("unsafe"));
    }
}
