//! The face with its app `shop`, and short ways to call it.

use rollcall_directory::{credentials, users};
use rollcall_face_chatwoot::Settings;
use rollcall_model::{Actor, AppId, CredentialKind, Email, Identity, NewUser, Uid, User};
use rollcall_testkit::{Answer, Engine, TestApp, Traces, World};
use serde_json::Value;

/// The face and its app.
pub(crate) struct Shop(pub(crate) TestApp);

impl Shop {
    /// With a support address for accounts that have none of their own.
    pub(crate) async fn open(engine: Engine) -> Self {
        let support_email = Some("Rollcall <care@rollcall.test>".to_owned());
        Self::open_with(engine, Settings { support_email, ..Settings::default() }).await
    }

    pub(crate) async fn open_with(engine: Engine, settings: Settings) -> Self {
        let face = |directory, _: &World| crate::mounted(directory, settings, crate::PUBLIC);
        Self(TestApp::start(engine, face).await)
    }

    /// With the token of the app's platform app. An empty body is none.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.call_with(&self.0.keys.platform_token, method, path, body).await
    }

    /// With another token.
    pub(crate) async fn call_with(&self, token: &str, method: &str, path: &str, body: &str) -> Answer {
        let path = format!("/platform/api/v1{path}");
        self.0.request(method, &path, &[("api_access_token", token)], body).await
    }

    /// The token of a new platform app that gets only at its own objects.
    pub(crate) async fn own_platform_app(&self, name: &str) -> String {
        let kind = CredentialKind::OwnPlatform;
        let made = credentials::create(&self.0.directory, &self.operator(), kind, name).await;
        made.unwrap().secret
    }

    pub(crate) fn operator(&self) -> Actor {
        operator_of("shop")
    }

    pub(crate) async fn user(&self, name: &str) -> User {
        self.user_in("shop", name).await
    }

    /// Makes a user in an app, as the operator.
    pub(crate) async fn user_in(&self, app: &str, name: &str) -> User {
        let new = NewUser {
            email: Some(Email::parse(&format!("{name}@club.test")).unwrap()),
            ..NewUser::of(Identity::Uid(Uid::parse(name).unwrap()))
        };
        users::create(&self.0.directory, &operator_of(app), new, false)
            .await
            .unwrap()
            .user
    }

    /// Makes an account with a token and answers its number.
    pub(crate) async fn account_of(&self, token: &str, name: &str) -> i64 {
        let made = self
            .call_with(token, "POST", "/accounts", &format!(r#"{{"name":"{name}"}}"#))
            .await;
        assert_eq!(made.status, 200, "{}", made.text);
        made.at("/id").as_i64().unwrap()
    }

    pub(crate) async fn account(&self, name: &str) -> i64 {
        self.account_of(&self.0.keys.platform_token, name).await
    }

    /// How much is written down about the app.
    pub(crate) async fn traces(&self) -> Traces {
        Traces::read(self.0.directory.store(), "shop").await
    }
}

fn operator_of(app: &str) -> Actor {
    Actor::operator(AppId::parse(app).unwrap())
}

/// Status and body, for tables.
pub(crate) fn outcome(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), &answer.text)
}

/// Something was done, and nothing is said about it.
pub(crate) const DONE: (u16, &str) = (200, "");

/// What is said of an object of which the app has none.
pub(crate) const UNKNOWN: (u16, &str) = (404, r#"{"status":404,"error":"Not Found"}"#);

/// What is said of an object of somebody else.
pub(crate) const FOREIGN: (u16, &str) = (401, r#"{"error":"Non permissible resource"}"#);

/// What lies at a pointer in each element of a list.
pub(crate) fn each(answer: &Answer, pointer: &str) -> Vec<Value> {
    let list = answer.json();
    let at = |item: &Value| item.pointer(pointer).cloned().unwrap_or_default();
    list.as_array().unwrap().iter().map(at).collect()
}
