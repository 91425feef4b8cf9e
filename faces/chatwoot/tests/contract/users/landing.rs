//! The page that login links lead to.

use rollcall_testkit::Engine;

use super::shop::Shop;

rollcall_testkit::on_both_engines! { the_page_is_closed_to_everything_foreign }

async fn the_page_is_closed_to_everything_foreign(engine: Engine) {
    let shop = Shop::open(engine).await;
    let answer = shop
        .request("GET", "/app/login?email=a%40b.test&sso_auth_token=0f", &[], "")
        .await;
    assert_eq!(answer.status.as_u16(), 200);
    for (name, expected) in [
        ("content-type", "text/html; charset=utf-8"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(answer.headers[name], expected, "{name}");
    }
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!answer.text.contains("0f\""), "the page says nothing of the link");
    assert!(answer.text.contains("<noscript>"));
}
