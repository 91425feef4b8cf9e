//! Apps: making, finding, listing, limiting. But for finding, all of it is the operator's business.

use rollcall_model::{Actor, App, AppId, AppName, CredentialKind, Error, EventKind, Limits, Result};
use rollcall_store::{apps as store, credentials as credential_store, installation};

use crate::Directory;
use crate::credentials::{mint, seal, withdrawn};
use crate::outbox::Stamp;

/// The secrets that a new app is born with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppKeys {
    /// CometChat API key of `fullAccess` scope.
    pub rest_api_key: String,
    /// CometChat API key of `authOnly` scope.
    pub auth_key: String,
    /// Chatwoot platform token.
    pub platform_token: String,
    /// Klaim bearer key.
    pub klaim_key: String,
}

/// Makes an app with its default role and one credential of each kind.
///
/// # Errors
/// [`Error::AppExists`] when the id is taken, or what the store says.
pub async fn create(directory: &Directory, id: &AppId, name: &AppName) -> Result<AppKeys> {
    let entropy = &*directory.entropy;
    let keys = AppKeys {
        rest_api_key: mint(entropy, CredentialKind::FullAccess),
        auth_key: mint(entropy, CredentialKind::AuthOnly),
        platform_token: mint(entropy, CredentialKind::Platform),
        klaim_key: mint(entropy, CredentialKind::Klaim),
    };
    // The first two names are the vendor's own for the keys of a new app.
    let news = [
        (CredentialKind::FullAccess, "Rest API Key", &keys.rest_api_key),
        (CredentialKind::AuthOnly, "Auth Key", &keys.auth_key),
        (CredentialKind::Platform, "Platform App", &keys.platform_token),
        (CredentialKind::Klaim, "Klaim API Key", &keys.klaim_key),
    ]
    .into_iter()
    .map(|(kind, name, secret)| seal(&directory.secrets, entropy, id, kind, name, secret))
    .collect::<Result<Vec<_>>>()?;
    let stamp = Stamp {
        actor: Actor::operator(id.clone()),
        at: directory.clock.now(),
    };
    let name = name.clone();
    directory
        .store
        .write("apps.create", move |tx| {
            let app = &stamp.actor.app;
            if !store::insert(tx, app, &name, stamp.at)? {
                return Err(Error::AppExists(app.clone()).into());
            }
            stamp.append(tx, EventKind::AppCreated, app.as_str(), "")?;
            for new in &news {
                let id = credential_store::insert(tx, app, new, &stamp.actor.label(), stamp.at)?;
                stamp.append(tx, EventKind::CredentialCreated, &id.to_string(), "")?;
            }
            Ok(())
        })
        .await?;
    Ok(keys)
}

/// The app of this id.
///
/// # Errors
/// [`Error::AppNotFound`], or what the store says.
pub async fn find(directory: &Directory, id: &AppId) -> Result<App> {
    store::find(&directory.store, id)
        .await?
        .ok_or_else(|| Error::AppNotFound(id.clone()))
}

/// An app's own rate limits.
///
/// # Errors
/// [`Error::AppNotFound`], or what the store says.
pub async fn limits(directory: &Directory, id: &AppId) -> Result<Limits> {
    store::limits(&directory.store, id)
        .await?
        .ok_or_else(|| Error::AppNotFound(id.clone()))
}

/// Gives an app rate limits of its own. When this answers, all processes go by them.
///
/// # Errors
/// [`Error::AppNotFound`], or what the store says.
pub async fn limit(directory: &Directory, id: &AppId, limits: Limits) -> Result<()> {
    let stamp = Stamp {
        actor: Actor::operator(id.clone()),
        at: directory.clock.now(),
    };
    directory
        .store
        .write("apps.limit", move |tx| {
            let app = &stamp.actor.app;
            if !store::limit(tx, app, limits)? {
                return Err(Error::AppNotFound(app.clone()).into());
            }
            // They are remembered with every verified credential.
            installation::raise_epoch(tx)?;
            stamp.append(tx, EventKind::AppLimited, app.as_str(), "core,standard")
        })
        .await?;
    withdrawn(directory).await;
    Ok(())
}

/// All apps, by id.
///
/// # Errors
/// What the store says.
pub async fn list(directory: &Directory) -> Result<Vec<App>> {
    Ok(directory.store.read("apps.list", store::list).await?)
}
