//! The face with the app `shop`, and short ways to call it.

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use http::HeaderName;
use rollcall_directory::Directory;
use rollcall_face_chatwoot::Settings;
use rollcall_testkit::{Answer, Engine, TestApp, World};
use serde_json::{Value, json};

pub(crate) const USERS: &str = "/platform/api/v1/users";

/// The face and its app.
pub(crate) struct Shop(TestApp);

impl Deref for Shop {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.0
    }
}

/// The face as the server mounts it, with a proxy in front that tells addresses.
fn behind_a_proxy(directory: Arc<Directory>, _: &World) -> Router {
    let settings = Settings {
        frontend_url: "https://chat.shop.test".to_owned(),
        client_address_header: Some(HeaderName::from_static("x-forwarded-for")),
        ..Settings::default()
    };
    crate::mounted(directory, settings, crate::PUBLIC)
}

impl Shop {
    pub(crate) async fn open(engine: Engine) -> Self {
        Self(TestApp::start(engine, behind_a_proxy).await)
    }

    /// With the token of the app `shop`. A null body is none.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_as(&self.keys.platform_token, method, path, body).await
    }

    pub(crate) async fn call_as(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.request(method, path, &[("api_access_token", token)], &body).await
    }

    /// A user with this address, and its number.
    pub(crate) async fn user(&self, email: &str) -> i64 {
        let answer = self.call("POST", USERS, new(email)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        answer.at("/id").as_i64().unwrap()
    }

    /// The secret of a new login link.
    pub(crate) async fn link(&self, user: i64) -> String {
        let answer = self.call("GET", &format!("{USERS}/{user}/login"), Value::Null).await;
        let url = answer.at("/url").as_str().unwrap().to_owned();
        url.rsplit_once('=').unwrap().1.to_owned()
    }

    pub(crate) async fn sign_in(&self, email: &str, link: &str) -> Answer {
        let body = json!({"email": email, "sso_auth_token": link});
        self.request("POST", "/auth/sign_in", &[], &body.to_string()).await
    }
}

/// What makes a user of this address.
pub(crate) fn new(email: &str) -> Value {
    json!({"name": "Ines", "email": email, "password": "Secret1!"})
}
