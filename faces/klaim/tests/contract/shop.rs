//! The face with its app `shop`, and short ways to call it.

use std::sync::Arc;

use axum::Router;
use rollcall_directory::Directory;
use rollcall_face_klaim as face;
use rollcall_testkit::{Answer, Engine, TestApp, Traces, World};
use serde_json::{Value, json};

/// The face as the server mounts it.
pub(crate) fn mounted(directory: Arc<Directory>, _: &World) -> Router {
    face::router(directory).fallback(face::unknown)
}

/// The face and its app.
pub(crate) struct Shop(pub(crate) TestApp);

impl Shop {
    pub(crate) async fn open(engine: Engine) -> Self {
        Self(TestApp::start(engine, mounted).await)
    }

    /// With the app's key. An empty body is none.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.call_with(&self.0.keys.klaim_key, method, path, body).await
    }

    /// With another key.
    pub(crate) async fn call_with(&self, key: &str, method: &str, path: &str, body: &str) -> Answer {
        let key = format!("Bearer {key}");
        let path = format!("/klaim{path}");
        self.0.request(method, &path, &[("authorization", &key)], body).await
    }

    pub(crate) async fn create(&self, user: &Value) -> Answer {
        self.call("POST", "/users", &user.to_string()).await
    }

    /// Makes a user of this `user_id`, with an address of its own, and answers the Klaim id.
    pub(crate) async fn user(&self, user_id: &str) -> String {
        let made = self
            .create(&json!({"email": format!("{user_id}@club.test"), "userId": user_id}))
            .await;
        assert_eq!(made.status, 200, "{}", made.text);
        made.at("/klaim_id").as_str().unwrap().to_owned()
    }

    pub(crate) async fn give(&self, user_id: &str, delta: &str) -> Answer {
        let body = format!(r#"{{"credit_delta":{delta}}}"#);
        self.call("PUT", &format!("/users/{user_id}/credits"), &body).await
    }

    /// How much is written down about the app.
    pub(crate) async fn traces(&self) -> Traces {
        self.traces_of("shop").await
    }

    pub(crate) async fn traces_of(&self, app: &str) -> Traces {
        Traces::read(self.0.directory.store(), app).await
    }
}

/// Status and message, for tables.
pub(crate) fn outcome(answer: &Answer) -> (u16, String) {
    let message = answer.at("/message");
    (answer.status.as_u16(), message.as_str().unwrap_or_default().to_owned())
}

/// The expected [`outcome`] of a request that is refused.
pub(crate) fn refused(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}

/// What is said of a user whom nobody knows.
pub(crate) fn unknown() -> (u16, String) {
    refused(404, "Can not find user with the given user_id.")
}
