//! Auth tokens: whose one is, making, reading, changing and deleting them.

use rollcall_model::{
    Actor, AppId, AuthToken, AuthTokenPatch, Error, EventKind, Feature, HEX, Listing, Millis, NewAuthToken,
    Page, Result, Uid, Via, token,
};
use rollcall_store::auth_tokens::{self as store, Holder};

use crate::Directory;
use crate::authz::{Action, require_on};
use crate::outbox::Stamp;
use crate::policy::require_feature;
use crate::users::{active, active_key};

/// What the seal of an auth token is bound to, besides its app.
const PURPOSE: &str = "auth token";
/// Longer texts than any token are not even hashed: 100 for the uid, 41 behind it.
const LONGEST: usize = 256;

/// A token together with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The token.
    pub token: AuthToken,
    /// The text that its holder sends.
    pub text: String,
}

/// Whose token this is, if it is one of an active user in this app. Notes that the user is active.
///
/// # Errors
/// What the store says.
pub async fn verify(directory: &Directory, app: &AppId, text: &str) -> Result<Option<Holder>> {
    if text.len() > LONGEST {
        return Ok(None);
    }
    let lookup = directory.secrets.lookup(text);
    let holder = store::holder(&directory.store, app, &lookup).await?;
    if let Some(Holder { token: _, viewer, last_active_at, limits: _ }) = &holder {
        directory.activity.note(app, viewer, *last_active_at, directory.clock.now());
    }
    Ok(holder)
}

/// A fresh token in the documented form: `{uid}_`, ten digits of unix seconds, thirty hexadecimal digits.
pub(crate) fn mint(
    directory: &Directory,
    app: &AppId,
    uid: &Uid,
    now: Millis,
) -> Result<(String, NewAuthToken)> {
    let random = token(&*directory.entropy, HEX, 30);
    let text = format!("{uid}_{:010}{random}", now.seconds());
    let secret = directory.secrets.seal(&*directory.entropy, app, PURPOSE, &text)?;
    Ok((text, NewAuthToken { secret }))
}

/// Makes a token for a user. Unless `force` is set, the newest one that there is will do.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn create(directory: &Directory, actor: &Actor, uid: Uid, force: bool) -> Result<Opened> {
    require_on(actor, Action::CreateAuthToken, &uid)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let (text, new) = mint(directory, &actor.app, &uid, stamp.at)?;
    let (token, fresh) = directory
        .store
        .write("auth_tokens.create", move |tx| {
            let app = &stamp.actor.app;
            let user = active_key(tx, app, &uid)?;
            if !force && let Some(newest) = store::newest(tx, app, user)? {
                return Ok((newest, false));
            }
            let id = store::insert(tx, app, user, &new, stamp.at)?;
            stamp.append(tx, EventKind::AuthTokenCreated, uid.as_str(), "")?;
            let token = AuthToken {
                id,
                sealed: new.secret.sealed.clone(),
                platform: None,
                user_agent: None,
                app_info: None,
                created_at: stamp.at,
            };
            Ok((token, true))
        })
        .await?;
    if fresh {
        Ok(Opened { token, text })
    } else {
        open(directory, &actor.app, token)
    }
}

fn open(directory: &Directory, app: &AppId, token: AuthToken) -> Result<Opened> {
    let text = directory.secrets.open(app, PURPOSE, &token.sealed)?;
    Ok(Opened { token, text })
}

/// One page of a user's tokens, newest first.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn list(directory: &Directory, actor: &Actor, uid: Uid, page: Page) -> Result<Listing<Opened>> {
    require_on(actor, Action::ListAuthTokens, &uid)?;
    let app = actor.app.clone();
    let Listing { items, total } = directory
        .store
        .read("auth_tokens.list", move |tx| {
            let user = active_key(tx, &app, &uid)?;
            store::list(tx, &app, user, page)
        })
        .await?;
    let items = items.into_iter().map(|token| open(directory, &actor.app, token));
    Ok(Listing { items: items.collect::<Result<_>>()?, total })
}

/// One token of a user.
///
/// # Errors
/// [`Error::AuthTokenNotFound`], [`Error::AuthTokenElsewhere`], [`Error::AuthTokenForeign`], [`Error::UserNotFound`],
/// [`Error::Denied`], or what the store says.
pub async fn get(directory: &Directory, actor: &Actor, uid: &Uid, text: &str) -> Result<Opened> {
    require_own(actor, Action::ReadAuthToken, uid)?;
    let user = active(directory, &actor.app, uid).await?;
    let lookup = directory.secrets.lookup(text);
    let token = store::find(&directory.store, &actor.app, user.key, &lookup).await?;
    let token = token.ok_or(Error::AuthTokenNotFound)?;
    require_in_hand(actor, Some(token.id))?;
    open(directory, &actor.app, token)
}

/// Changes what is known of the device behind a token. An empty patch changes nothing and leaves no event.
///
/// # Errors
/// As [`get`].
pub async fn update(
    directory: &Directory,
    actor: &Actor,
    uid: Uid,
    text: &str,
    patch: AuthTokenPatch,
) -> Result<Opened> {
    require_own(actor, Action::UpdateAuthToken, &uid)?;
    require_feature(directory, actor, Feature::UpdateAuthToken).await?;
    let fields = patch.fields();
    if fields.is_empty() {
        return get(directory, actor, &uid, text).await;
    }
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let lookup = directory.secrets.lookup(text);
    let token = directory
        .store
        .write("auth_tokens.update", move |tx| {
            let user = active_key(tx, &stamp.actor.app, &uid)?;
            require_in_hand(&stamp.actor, store::id(tx, &stamp.actor.app, user, &lookup)?)?;
            let token = store::update(tx, &stamp.actor.app, user, &lookup, &patch, stamp.at)?;
            let token = token.ok_or(Error::AuthTokenNotFound)?;
            stamp.append(tx, EventKind::AuthTokenUpdated, uid.as_str(), &fields)?;
            Ok(token)
        })
        .await?;
    open(directory, &actor.app, token)
}

/// Deletes a token: whoever came with it is logged out.
///
/// # Errors
/// As [`get`].
pub async fn delete(directory: &Directory, actor: &Actor, uid: Uid, text: &str) -> Result<()> {
    require_own(actor, Action::DeleteAuthToken, &uid)?;
    require_feature(directory, actor, Feature::Logout).await?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let lookup = directory.secrets.lookup(text);
    directory
        .store
        .write("auth_tokens.delete", move |tx| {
            let user = active_key(tx, &stamp.actor.app, &uid)?;
            require_in_hand(&stamp.actor, store::id(tx, &stamp.actor.app, user, &lookup)?)?;
            if !store::delete(tx, &stamp.actor.app, user, &lookup)? {
                return Err(Error::AuthTokenNotFound.into());
            }
            stamp.append(tx, EventKind::AuthTokenDeleted, uid.as_str(), "")
        })
        .await?;
    Ok(())
}

/// Deletes the token that the user came with.
///
/// # Errors
/// [`Error::Forbidden`] when it was not a token that proved the right to act, or what the store says.
pub async fn log_out(directory: &Directory, actor: &Actor, uid: Uid) -> Result<()> {
    require_own(actor, Action::DeleteAuthToken, &uid)?;
    require_feature(directory, actor, Feature::Logout).await?;
    let Via::AuthToken { id } = actor.via else {
        return Err(Error::Forbidden);
    };
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("auth_tokens.log_out", move |tx| {
            let user = active_key(tx, &stamp.actor.app, &uid)?;
            if !store::delete_numbered(tx, &stamp.actor.app, user, id)? {
                return Err(Error::AuthTokenNotFound.into());
            }
            stamp.append(tx, EventKind::AuthTokenDeleted, uid.as_str(), "")
        })
        .await?;
    Ok(())
}

/// Deletes all tokens of a user. None at all is fine.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn flush(directory: &Directory, actor: &Actor, uid: Uid) -> Result<()> {
    require_on(actor, Action::FlushAuthTokens, &uid)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("auth_tokens.flush", move |tx| {
            let user = active_key(tx, &stamp.actor.app, &uid)?;
            if store::flush(tx, &stamp.actor.app, user)? == 0 {
                return Ok(());
            }
            stamp.append(tx, EventKind::AuthTokensFlushed, uid.as_str(), "")
        })
        .await?;
    Ok(())
}

/// As [`require_on`], with the vendor's own words for tokens of others.
fn require_own(actor: &Actor, action: Action, uid: &Uid) -> Result<()> {
    match require_on(actor, action, uid) {
        Err(Error::Forbidden) => Err(Error::AuthTokenForeign),
        outcome => outcome,
    }
}

/// Whoever came with a token gets at that one only: the others are logins on other devices.
fn require_in_hand(actor: &Actor, token: Option<i64>) -> Result<()> {
    let token = token.ok_or(Error::AuthTokenNotFound)?;
    match actor.via {
        Via::AuthToken { id } if id != token => Err(Error::AuthTokenElsewhere),
        Via::AuthToken { id: _ } | Via::Credential { id: _, kind: _ } | Via::Operator => Ok(()),
    }
}
