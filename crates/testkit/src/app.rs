//! A face in the same process, on a scratch database, driven without a network.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use rollcall_directory::Directory;
use rollcall_directory::apps::{self, AppKeys};
use rollcall_model::{AppId, AppName};
use rollcall_store::Store;
use serde_json::Value;
use tower::ServiceExt;

use crate::{Engine, Scratch, World};

/// A face with one app, `shop`, and its keys.
#[derive(Debug)]
pub struct TestApp {
    /// The directory behind the face.
    pub directory: Arc<Directory>,
    /// Clock and chance.
    pub world: World,
    /// The keys of the app `shop`.
    pub keys: AppKeys,
    router: Router,
    // After what uses it: fields are dropped in order.
    _scratch: Scratch,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e} in {:?}", self.text))
    }

    /// What lies at a JSON pointer, null when nothing does.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or_default()
    }
}

impl TestApp {
    /// Starts a face on an engine.
    pub async fn start(engine: Engine, face: impl FnOnce(Arc<Directory>, &World) -> Router) -> Self {
        let scratch = Scratch::new(engine);
        let store = scratch.serving_store();
        Self::start_on(scratch, store, face).await
    }

    /// Starts a face on a store that the test itself has opened.
    pub async fn start_on(
        scratch: Scratch,
        store: Store,
        face: impl FnOnce(Arc<Directory>, &World) -> Router,
    ) -> Self {
        let world = World::default();
        let directory = Arc::new(world.directory(store).await);
        let keys = Self::make_app(&directory, "shop").await;
        let router = face(Arc::clone(&directory), &world);
        Self { directory, world, keys, router, _scratch: scratch }
    }

    /// Makes another app and answers its keys.
    pub async fn another_app(&self, id: &str) -> AppKeys {
        Self::make_app(&self.directory, id).await
    }

    async fn make_app(directory: &Directory, id: &str) -> AppKeys {
        let (app, name) = (AppId::parse(id).unwrap(), AppName::parse(id).unwrap());
        apps::create(directory, &app, &name).await.expect("a fresh app")
    }

    /// Sends a request exactly as given.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("routers do not fail");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("a body in UTF-8");
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// Sends a request with headers and, unless it is empty, a JSON body.
    pub async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }
}
