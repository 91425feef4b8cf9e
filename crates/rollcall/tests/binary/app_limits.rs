//! `rollcall app limit`, beside a running server.

use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::harness::{Client, Installation};

on_both_engines! { a_limit_holds_at_once_and_is_lifted_again, the_configuration_limits_every_app }

fn limit(installation: &Installation, more: &[&str]) -> Value {
    let arguments = [&["app", "limit", "--app", "shop", "--json"], more].concat();
    serde_json::from_str(&installation.done(&arguments)).unwrap()
}

/// Status and limit that a list of users is answered with.
fn listed(client: &mut Client) -> (u16, String) {
    let answer = client.get("/v3/users").unwrap();
    (answer.status, answer.header("x-rate-limit").unwrap_or("none").to_owned())
}

fn a_limit_holds_at_once_and_is_lifted_again(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    let mut client = server.client(&keys.rest);
    let own = |core: Value, standard: Value| json!({"appId": "shop", "corePerMinute": core, "standardPerMinute": standard});
    assert_eq!(limit(&installation, &[]), own(Value::Null, Value::Null));
    assert_eq!(listed(&mut client), (200, "none".to_owned()));
    assert_eq!(limit(&installation, &["--standard", "1"]), own(Value::Null, json!(1)));
    assert_eq!(listed(&mut client), (200, "1".to_owned()));
    assert_eq!(listed(&mut client), (429, "1".to_owned()));
    assert_eq!(limit(&installation, &["--core", "7", "--standard", "none"]), own(json!(7), json!(0)));
    assert_eq!(listed(&mut client), (200, "none".to_owned()));
    assert_eq!(limit(&installation, &["--core", "default"]), own(Value::Null, json!(0)));
    let said = installation.done(&["app", "limit", "--app", "shop"]);
    assert!(said.contains("core      as configured") && said.contains("standard  none"), "{said}");

    let ran = installation.run(&["app", "limit", "--app", "nowhere", "--core", "1"]);
    assert!(ran.code == Some(1) && ran.err.contains("there is no app nowhere"), "{ran:?}");
    for bad in ["-1", "many", "4294967296", ""] {
        let ran = installation.run(&["app", "limit", "--app", "shop", &format!("--core={bad}")]);
        assert_eq!(ran.code, Some(2), "{bad:?}: {ran:?}");
    }
    assert_eq!(limit(&installation, &[]), own(Value::Null, json!(0)));
}

fn the_configuration_limits_every_app(engine: Engine) {
    let installation = Installation::new(engine);
    let server = installation.serve_with("[rate_limits]\nstandard_per_minute = 2\n");
    for app in ["shop", "club"] {
        let mut client = server.client(&installation.make_app(app).rest);
        assert_eq!(listed(&mut client), (200, "2".to_owned()), "{app}");
        assert_eq!(listed(&mut client), (200, "2".to_owned()), "{app}");
        assert_eq!(listed(&mut client), (429, "2".to_owned()), "{app}");
        let made = client.post("/v3/users", &json!({"uid": "mira", "name": "Mira"})).unwrap();
        assert_eq!((made.status, made.header("x-rate-limit")), (200, None), "core has no limit");
    }
}
