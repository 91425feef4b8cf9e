//! CometChat API keys: credentials that are named by their own secret. They are made by [`crate::credentials::create`].

use rollcall_model::{
    Actor, Credential, CredentialKind, CredentialPatch, Error, EventKind, Result, Via, fold,
};
use rollcall_store::{credentials as store, installation};

use crate::Directory;
use crate::authz::{Action, require};
use crate::credentials::{self, Opened, open, revoke, withdrawn};
use crate::outbox::Stamp;

/// Which keys a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeyQuery {
    /// Only keys of this kind.
    pub kind: Option<CredentialKind>,
    /// Only keys with this text in their names, without regard to case.
    pub search: Option<String>,
}

/// The app's API keys, newest first. There are so few of them that all are read.
///
/// # Errors
/// [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn list(directory: &Directory, actor: &Actor, query: &ApiKeyQuery) -> Result<Vec<Opened>> {
    let mut keys = credentials::list(directory, actor).await?;
    let ApiKeyQuery { kind, search } = query;
    let search = search.as_deref().map(fold);
    keys.retain(|Opened { credential, secret: _ }| {
        is_api_key(credential)
            && kind.is_none_or(|kind| credential.kind == kind)
            && search.as_ref().is_none_or(|text| fold(&credential.name).contains(text))
    });
    keys.reverse();
    Ok(keys)
}

/// The API key that this secret is.
///
/// # Errors
/// [`Error::CredentialNotFound`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn get(directory: &Directory, actor: &Actor, secret: &str) -> Result<Opened> {
    require(actor, Action::ManageCredentials)?;
    open(directory, find(directory, actor, secret).await?)
}

/// Changes name or scope. When this answers, no process knows the old scope any more.
///
/// # Errors
/// [`Error::OwnCredential`], or as [`get`].
pub async fn update(
    directory: &Directory,
    actor: &Actor,
    secret: &str,
    patch: CredentialPatch,
) -> Result<Opened> {
    require(actor, Action::ManageCredentials)?;
    let credential = find(directory, actor, secret).await?;
    require_other(actor, &credential)?;
    let fields = patch.fields();
    if fields.is_empty() {
        return open(directory, credential);
    }
    // Whatever the scope was a moment ago: another call may be changing it as well.
    let new_scope = patch.kind.is_some();
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let id = credential.id;
    let credential = directory
        .store
        .write("api_keys.update", move |tx| {
            let changed = store::update(tx, &stamp.actor.app, id, &patch, stamp.at)?;
            let changed = changed.ok_or(Error::CredentialNotFound)?;
            if new_scope {
                installation::raise_epoch(tx)?;
            }
            stamp.append(tx, EventKind::CredentialUpdated, &id.to_string(), &fields)?;
            Ok(changed)
        })
        .await?;
    if new_scope {
        withdrawn(directory).await;
    }
    open(directory, credential)
}

/// Revokes an API key. When this answers, no process accepts it any more.
///
/// # Errors
/// [`Error::OwnCredential`], or as [`get`].
pub async fn delete(directory: &Directory, actor: &Actor, secret: &str) -> Result<()> {
    require(actor, Action::ManageCredentials)?;
    let credential = find(directory, actor, secret).await?;
    require_other(actor, &credential)?;
    revoke(directory, actor, credential.id).await
}

async fn find(directory: &Directory, actor: &Actor, secret: &str) -> Result<Credential> {
    let lookup = directory.secrets.lookup(secret);
    let found = store::find(&directory.store, &actor.app, &lookup).await?;
    found.filter(is_api_key).ok_or(Error::CredentialNotFound)
}

fn is_api_key(credential: &Credential) -> bool {
    CredentialKind::API_KEYS.contains(&credential.kind)
}

/// A key that could weaken or remove itself would lock its holder out.
fn require_other(actor: &Actor, credential: &Credential) -> Result<()> {
    match actor.via {
        Via::Credential { id, kind: _ } if id == credential.id => Err(Error::OwnCredential),
        Via::Credential { id: _, kind: _ } | Via::AuthToken { id: _ } | Via::Operator => Ok(()),
    }
}
