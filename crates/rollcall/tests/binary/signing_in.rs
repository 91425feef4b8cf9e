//! Signing in with a login link, from the outside: where links lead, and whom failures are counted for.

use serde_json::json;

use crate::harness::Installation;
use rollcall_testkit::Engine::Sqlite;

const USERS: &str = "/platform/api/v1/users/";

/// A sign-in that says it was forwarded for this address.
fn sign_in(client: &mut crate::harness::Client, forwarded: &str, email: &str, link: &str) -> u16 {
    let body = json!({"email": email, "sso_auth_token": link}).to_string();
    let answer = client.request("POST", "/auth/sign_in/", &[("x-forwarded-for", forwarded)], &body);
    answer.unwrap().status
}

#[test]
fn a_link_leads_to_the_server_and_failures_count_for_the_connection() {
    let (_installation, server, keys) = Installation::with_shop(Sqlite);
    let mut client = server.client("");
    let token = [("api_access_token", keys.platform.as_str())];
    let user = json!({"name": "Ines", "email": "ines@shop.test", "password": "Secret1!"}).to_string();
    let made = client.request("POST", USERS, &token, &user).unwrap();
    assert_eq!(made.status, 200, "{}", made.text);
    let path = format!("{USERS}{}/login", made.at("/id"));
    let url = client.request("GET", &path, &token, "").unwrap().at("/url");
    let beginning = format!("http://{}/app/login?email=ines%40shop.test&sso_auth_token=", server.address);
    let link = url.as_str().unwrap().strip_prefix(&beginning).unwrap().to_owned();
    assert_eq!(sign_in(&mut client, "198.51.100.1", "ines@shop.test", &link), 200);

    // Within one window or, if it ends just now, within two: who sends addresses is not believed.
    let statuses: Vec<u16> = (0..11)
        .map(|n| sign_in(&mut client, &format!("198.51.100.{n}"), &format!("{n}@shop.test"), "wrong"))
        .collect();
    assert!(statuses.starts_with(&[401; 1]) && statuses.contains(&429), "{statuses:?}");
    let page = client.get("/app/login/").unwrap();
    assert_eq!((page.status, page.header("referrer-policy")), (200, Some("no-referrer")));
    let lost = client.get("/auth/nowhere").unwrap();
    assert_eq!((lost.status, lost.json()), (404, json!({"status": 404, "error": "Not Found"})));
}

#[test]
fn a_proxy_that_is_trusted_tells_the_client_s_address() {
    let installation = Installation::new(Sqlite);
    installation.make_app("shop");
    let server = installation.serve_with(
        "[chatwoot]\nfrontend_url = \"https://chat.example/\"\nclient_address_header = \"X-Forwarded-For\"\n",
    );
    let mut client = server.client("");
    let statuses: Vec<u16> = (0..11)
        .map(|n| sign_in(&mut client, &format!("198.51.100.{n}"), &format!("{n}@shop.test"), "wrong"))
        .collect();
    assert_eq!(statuses, [401; 11]);
}
