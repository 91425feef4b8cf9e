//! The face with its app `shop`, and short ways to call it.

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use rollcall_directory::Directory;
use rollcall_face_cometchat as face;
use rollcall_http::limits::Quotas;
use rollcall_testkit::{Answer, Engine, TestApp, World};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::ledger::Ledger;

/// The face as the server mounts it: what no route takes is asked for its version.
pub(crate) fn mounted(directory: Arc<Directory>, world: &World) -> Router {
    limited(directory, world, Quotas::default())
}

/// The same, with so many requests in a minute.
pub(crate) fn limited(directory: Arc<Directory>, world: &World, quotas: Quotas) -> Router {
    face::router(directory, world.limits(quotas)).fallback(face::unknown)
}

/// The face and its app.
pub(crate) struct Shop(pub(crate) TestApp);

impl Shop {
    pub(crate) async fn open(engine: Engine) -> Self {
        Self(TestApp::start(engine, mounted).await)
    }

    /// With the REST API key. An empty body is none.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.0
            .request(method, path, &[("apikey", &self.0.keys.rest_api_key)], body)
            .await
    }

    /// With the REST API key, a body of any bytes and the headers given, and none of our own.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("apikey", &self.0.keys.rest_api_key);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.0.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn create(&self, user: &Value) -> Answer {
        self.call("POST", "/v3/users", &user.to_string()).await
    }

    /// Makes the user `mira`.
    pub(crate) async fn mira(&self) {
        let made = self.create(&json!({"uid": "mira", "name": "Mira", "tags": ["north"]})).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    }

    pub(crate) async fn update_mira(&self, change: &Value) -> Answer {
        self.call("PUT", "/v3/users/mira", &change.to_string()).await
    }

    /// All that is written down about the app's users.
    pub(crate) async fn ledger(&self) -> Ledger {
        Ledger::read(self.0.directory.store(), "shop").await
    }
}

/// Status and error code, for tables.
pub(crate) fn outcome(answer: &Answer) -> (u16, String) {
    let code = answer.at("/error/code");
    (answer.status.as_u16(), code.as_str().unwrap_or_default().to_owned())
}

/// The expected [`outcome`] of a request that is refused.
pub(crate) fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// The field paths in the details of an answer.
pub(crate) fn paths(answer: &Answer) -> Vec<String> {
    let details = answer.at("/error/details");
    details.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
}
