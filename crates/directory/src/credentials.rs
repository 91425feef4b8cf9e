//! Credentials: verifying, making, listing, revoking.

use rollcall_model::{
    ALPHANUMERIC, Actor, AppId, Credential, CredentialKind, Entropy, Error, EventKind, HEX, NewCredential,
    Quota, Result, token,
};
use rollcall_store::{Tx, credentials as store, installation};

use crate::authz::{Action, require};
use crate::keyring::{TRUST, Verified};
use crate::outbox::Stamp;
use crate::secrets::Secrets;
use crate::{Directory, apps};

/// What the seal of a credential is bound to, besides its app.
const PURPOSE: &str = "credential";
/// Longer texts than any of our secrets are not even hashed.
const LONGEST: usize = 256;

/// Whom a secret belongs to, if it is genuine.
///
/// # Errors
/// [`Error::Unavailable`] when the database must be asked and does not answer.
pub async fn verify(directory: &Directory, secret: &str) -> Result<Option<Verified>> {
    if secret.len() > LONGEST {
        return Ok(None);
    }
    let keyring = &directory.keyring;
    let lookup = directory.secrets.lookup(secret);
    let began = keyring.now();
    if !keyring.is_trusted(began) {
        let epoch = Box::pin(installation::epoch(&directory.store)).await?;
        keyring.saw_epoch(epoch, began);
    }
    if let Some(verified) = keyring.get(&lookup) {
        return Ok(Some(verified));
    }
    let generation = keyring.generation();
    let Some((credential, limits)) = Box::pin(store::by_lookup(&directory.store, &lookup)).await? else {
        return Ok(None);
    };
    let Credential { app, id, kind, name: _, sealed: _, created_at: _ } = credential;
    let verified = Verified { app, id, kind, limits };
    keyring.remember(lookup, verified.clone(), generation);
    Ok(Some(verified))
}

/// A credential together with its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The credential.
    pub credential: Credential,
    /// The secret that its holder sends.
    pub secret: String,
}

/// A fresh secret in the form that clients of its kind expect: 40 hexadecimal digits for CometChat and Klaim, 24
/// alphanumerics for Chatwoot.
pub(crate) fn mint(entropy: &dyn Entropy, kind: CredentialKind) -> String {
    match kind {
        CredentialKind::FullAccess | CredentialKind::AuthOnly | CredentialKind::Klaim => {
            token(entropy, HEX, 40)
        }
        CredentialKind::Platform | CredentialKind::OwnPlatform => token(entropy, ALPHANUMERIC, 24),
    }
}

pub(crate) fn seal(
    secrets: &Secrets,
    entropy: &dyn Entropy,
    app: &AppId,
    kind: CredentialKind,
    name: &str,
    secret: &str,
) -> Result<NewCredential> {
    let secret = secrets.seal(entropy, app, PURPOSE, secret)?;
    Ok(NewCredential { kind, name: name.to_owned(), secret })
}

/// Makes a credential.
///
/// # Errors
/// [`Error::QuotaReached`], [`Error::Denied`], [`Error::Forbidden`], [`Error::AppNotFound`] or what the store says.
pub async fn create(
    directory: &Directory,
    actor: &Actor,
    kind: CredentialKind,
    name: &str,
) -> Result<Opened> {
    require(actor, Action::ManageCredentials)?;
    apps::find(directory, &actor.app).await?;
    let secret = mint(&*directory.entropy, kind);
    let new = seal(&directory.secrets, &*directory.entropy, &actor.app, kind, name, &secret)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let (name, sealed, created_at) = (new.name.clone(), new.secret.sealed.clone(), stamp.at);
    let id = directory
        .store
        .write("credentials.create", move |tx| {
            if CredentialKind::API_KEYS.contains(&kind) {
                require_room(tx, &stamp.actor.app)?;
            }
            let id = store::insert(tx, &stamp.actor.app, &new, &stamp.actor.label(), stamp.at)?;
            stamp.append(tx, EventKind::CredentialCreated, &id.to_string(), "")?;
            Ok(id)
        })
        .await?;
    let credential = Credential { app: actor.app.clone(), id, kind, name, sealed, created_at };
    Ok(Opened { credential, secret })
}

fn require_room(tx: &mut Tx<'_>, app: &AppId) -> rollcall_store::Result<()> {
    tx.lock(app, "api keys")?;
    if store::count(tx, app, CredentialKind::API_KEYS)? >= Quota::ApiKeys.limit() {
        return Err(Error::QuotaReached(Quota::ApiKeys).into());
    }
    Ok(())
}

/// Opens the seal of a credential.
pub(crate) fn open(directory: &Directory, credential: Credential) -> Result<Opened> {
    let secret = directory.secrets.open(&credential.app, PURPOSE, &credential.sealed)?;
    Ok(Opened { credential, secret })
}

/// The app's credentials with their secrets, oldest first.
///
/// # Errors
/// [`Error::Denied`], [`Error::AppNotFound`] or what the store says.
pub async fn list(directory: &Directory, actor: &Actor) -> Result<Vec<Opened>> {
    require(actor, Action::ManageCredentials)?;
    apps::find(directory, &actor.app).await?;
    let app = actor.app.clone();
    let credentials = directory
        .store
        .read("credentials.list", move |tx| store::list(tx, &app))
        .await?;
    credentials.into_iter().map(|credential| open(directory, credential)).collect()
}

/// Revokes a credential. When this answers, no process accepts it any more.
///
/// # Errors
/// [`Error::Denied`], [`Error::CredentialNotFound`] or what the store says.
pub async fn revoke(directory: &Directory, actor: &Actor, id: i64) -> Result<()> {
    require(actor, Action::ManageCredentials)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("credentials.revoke", move |tx| {
            if !store::delete(tx, &stamp.actor.app, id)? {
                return Err(Error::CredentialNotFound.into());
            }
            installation::raise_epoch(tx)?;
            stamp.append(tx, EventKind::CredentialRevoked, &id.to_string(), "")
        })
        .await?;
    withdrawn(directory).await;
    Ok(())
}

/// To be called when a raised epoch is committed: from here on no process believes what it had verified before.
pub(crate) async fn withdrawn(directory: &Directory) {
    directory.keyring.forget();
    // Other processes may have looked at the epoch just before the commit.
    tokio::time::sleep(TRUST).await;
}
