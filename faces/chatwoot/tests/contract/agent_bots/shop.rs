//! The face with the app `shop`, and a client that can send and receive pictures.

use std::cell::OnceCell;
use std::ops::Deref;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use rollcall_directory::credentials;
use rollcall_face_chatwoot::Settings;
use rollcall_model::{Actor, AppId, CredentialKind};
use rollcall_outbound::Policy;
use rollcall_testkit::{Engine, TestApp};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const BOTS: &str = "/platform/api/v1/agent_bots";

pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff";
pub(crate) const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF";
pub(crate) const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\xff\0,";

pub(crate) struct Shop {
    app: TestApp,
    router: Router,
    pub(crate) token: String,
}

impl Deref for Shop {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

/// An answer whose body may be anything.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Raw {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// That it is this refusal of the picture.
    pub(crate) fn assert_refused(&self, sentence: &str) {
        let expected = json!({"message": sentence, "attributes": ["avatar"]});
        assert_eq!((self.status, self.json()), (StatusCode::UNPROCESSABLE_ENTITY, expected));
    }
}

/// A body of `multipart/form-data`, part by part: what follows `name=` in its head, its type, its content.
pub(crate) struct Multipart(Vec<u8>);

impl Multipart {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn part(mut self, name: &str, content_type: &str, content: &[u8]) -> Self {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name={name}\r\nContent-Type: {content_type}\r\n\r\n"
        );
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(content);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    pub(crate) fn field(self, name: &str, text: &str) -> Self {
        self.part(&format!("\"{name}\""), "text/plain", text.as_bytes())
    }

    /// The picture.
    pub(crate) fn avatar(self, content_type: &str, content: &[u8]) -> Self {
        self.part("\"avatar\"; filename=\"bot.png\"", content_type, content)
    }

    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"--edge--\r\n");
        self.0
    }
}

impl Shop {
    pub(crate) async fn open(engine: Engine) -> Self {
        let kept = OnceCell::new();
        let app = TestApp::start(engine, |directory, _| {
            let private = Policy { allow_private: true };
            kept.get_or_init(|| crate::mounted(directory, Settings::default(), private))
                .clone()
        })
        .await;
        let token = app.keys.platform_token.clone();
        Self { app, router: kept.into_inner().unwrap(), token }
    }

    pub(crate) async fn raw(&self, request: Request<Body>) -> Raw {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Raw { status: parts.status, headers: parts.headers, bytes }
    }

    /// Without a body.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Raw {
        self.ask_as(&self.token, method, path, None).await
    }

    pub(crate) async fn ask_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Raw {
        let request = Request::builder().method(method).uri(path).header("api_access_token", token);
        let request = request.header("content-type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.raw(request.body(body).unwrap()).await
    }

    pub(crate) async fn upload(&self, method: &str, path: &str, body: Multipart) -> Raw {
        let body = body.bytes();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("api_access_token", &self.token)
            .header("content-type", "multipart/form-data; boundary=edge")
            .header("content-length", body.len());
        self.raw(request.body(Body::from(body)).unwrap()).await
    }

    /// A bot with this body, and the path under which it is.
    pub(crate) async fn bot_as(&self, token: &str, body: Value) -> String {
        let made = self.ask_as(token, "POST", BOTS, Some(body)).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        format!("{BOTS}/{}", made.json()["id"])
    }

    pub(crate) async fn bot(&self, body: Value) -> String {
        self.bot_as(&self.token, body).await
    }

    pub(crate) async fn avatar(&self, bot: &str) -> Raw {
        self.ask("GET", &format!("{bot}/avatar")).await
    }

    /// A platform app of its own objects: its number and its token.
    pub(crate) async fn own_app(&self) -> (i64, String) {
        let actor = Actor::operator(AppId::parse("shop").unwrap());
        let kind = CredentialKind::OwnPlatform;
        let made = credentials::create(&self.directory, &actor, kind, "Support").await.unwrap();
        (made.credential.id, made.secret)
    }
}
