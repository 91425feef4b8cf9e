//! Paths, methods and versions that are not there.

use rollcall_testkit::Engine;

use crate::shop::{Shop, outcome, refused};

rollcall_testkit::on_both_engines! { unknown_operations_are_not_found, head_is_get_without_a_body }

async fn unknown_operations_are_not_found(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let before = shop.ledger().await;
    let missing = "ERR_API_NOT_FOUND";
    let cases = [
        ("OPTIONS", "/users", missing),
        ("PATCH", "/users", missing),
        ("TRACE", "/users", missing),
        ("OPTIONS", "/users/mira", missing),
        ("PATCH", "/users/mira", missing),
        ("POST", "/users/mira", missing),
        ("PURGE", "/users/mira", missing),
        ("PATCH", "/users/no.uid", missing),
        ("PATCH", "/roles", missing),
        ("PUT", "/roles", missing),
        ("DELETE", "/roles", missing),
        ("POST", "/roles/default", missing),
        ("PUT", "/roles/default/restrictedfeatures", missing),
        ("GET", "/roles/default/restrictedfeatures/u.ban", missing),
        ("POST", "/roles/default/permissions", missing),
        ("DELETE", "/roles/default/permissions", missing),
        ("GET", "/roles/default/permissions/listUsers", missing),
        ("GET", "/roles/default/restrictedFeatures", missing),
        ("GET", "/userss", missing),
        ("GET", "/user", missing),
        ("GET", "/Users", missing),
        ("GET", "/users/mira/nothing", missing),
        ("PUT", "/users/mira/nothing/here", missing),
        ("GET", "//users", missing),
        ("GET", "/v3/users", missing),
        ("GET", "", missing),
        ("GET", "/", missing),
        ("POST", "", missing),
        ("GET", "/%2e%2e/users", missing),
        ("GET", "/users%2fmira", missing),
    ];
    for (method, path, code) in cases {
        for prefix in ["/v3", "/v3.0"] {
            let path = format!("{prefix}{path}");
            let body = r#"{"name":"x"}"#;
            let with_key = shop.call(method, &path, body).await;
            let without = shop.0.request(method, &path, &[], body).await;
            assert_eq!(outcome(&with_key), refused(404, code), "{method} {path}");
            assert_eq!(without.text, with_key.text, "{method} {path}: the route comes before the key");
            assert!(with_key.at("/error/message").as_str().unwrap().contains(&path), "{}", with_key.text);
        }
    }
    for path in ["/v4/users", "/v2.0/users", "/v3.1/users", "/v30/users", "/v3x", "/v33"] {
        let answer = shop.call("GET", path, "").await;
        assert_eq!(outcome(&answer), refused(404, "ERR_INVALID_API_VERSION"), "{path}");
    }
    assert_eq!(shop.ledger().await, before);
}

async fn head_is_get_without_a_body(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    for (path, status) in [("/v3/users", 200), ("/v3/users/mira", 200), ("/v3/users/ghost", 404)] {
        let answer = shop.call("HEAD", path, "").await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (status, ""), "{path}");
    }
    let answer = shop.0.request("HEAD", "/v3/users/mira", &[], "").await;
    assert_eq!(answer.status, 401);
}
