//! Sessions of users who signed in with a login link.

use std::fmt;
use std::sync::Arc;

use rollcall_model::{
    ALPHANUMERIC, AppId, Email, Error, Event, EventKind, Millis, Result, Uid, UserKey, Whom, token,
};
use rollcall_store::Record;
use rollcall_store::sessions::{self as store, NewSession};
use rollcall_store::{self as stored, Tx, events, users};

use crate::Directory;

/// Milliseconds that a session lasts: two weeks.
const LIFETIME: i64 = 14 * 24 * 60 * 60 * 1000;
/// Most sessions of one user; what is older than the newest of them ends.
const MOST: i64 = 25;
/// Longer texts than any of ours are not even hashed.
const LONGEST: usize = 256;

/// What its holder sends with each request.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// What tells it from the user's other sessions.
    pub client: String,
    /// The secret.
    pub token: String,
    /// When it ends.
    pub expires_at: Millis,
}

/// A user who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user's app.
    pub app: AppId,
    /// The user.
    pub user: Arc<Record>,
    /// The session.
    pub session: Session,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn fresh(directory: &Directory) -> Self {
        let entropy = &*directory.entropy;
        Self {
            client: token(entropy, ALPHANUMERIC, 22),
            token: token(entropy, ALPHANUMERIC, 32),
            expires_at: Millis(directory.clock.now().0 + LIFETIME),
        }
    }

    pub(crate) fn stored(&self, directory: &Directory) -> NewSession {
        let Self { client, token, expires_at } = self;
        NewSession {
            lookup: lookup(directory, client, token).to_vec(),
            client: client.clone(),
            expires_at: *expires_at,
        }
    }
}

/// Client and secret are found together, so that one is worth nothing without the other.
fn lookup(directory: &Directory, client: &str, token: &str) -> [u8; 32] {
    directory.secrets.lookup(&format!("{client}/{token}"))
}

/// Begins a session of an active user.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    app: &AppId,
    (key, uid): (UserKey, &Uid),
    session: &NewSession,
    at: Millis,
) -> stored::Result<()> {
    store::insert(tx, app, key, session, at)?;
    store::keep(tx, app, key, MOST)?;
    append(tx, app, EventKind::SessionCreated, uid, at)
}

/// Ends all sessions of a user but the newest: the password is another one now.
pub(crate) fn keep_newest(tx: &mut Tx<'_>, app: &AppId, user: UserKey) -> stored::Result<()> {
    store::keep(tx, app, user, 1)
}

/// Nobody but the user acts here, and with no credential.
fn append(tx: &mut Tx<'_>, app: &AppId, kind: EventKind, uid: &Uid, at: Millis) -> stored::Result<()> {
    let event = Event {
        app: app.clone(),
        at,
        kind,
        subject: uid.to_string(),
        actor: format!("session for {uid}"),
        fields: String::new(),
    };
    events::append(tx, &event)
}

/// Who holds a session, if it has not ended and its user is active and has this e-mail address.
///
/// # Errors
/// [`Error::LoginRefused`], or what the store says.
pub async fn verify(directory: &Directory, client: &str, token: &str, email: &str) -> Result<SignedIn> {
    if client.len() + token.len() > LONGEST {
        return Err(Error::LoginRefused);
    }
    let holder = store::holder(&directory.store, &lookup(directory, client, token)).await?;
    let store::Holder { app, user, expires_at } = holder.ok_or(Error::LoginRefused)?;
    if expires_at <= directory.clock.now() {
        return Err(Error::LoginRefused);
    }
    let user = users::find_named(&directory.store, &app, &Whom::Key(user)).await?;
    let is_theirs = |user: &Arc<Record>| {
        let sent = Email::parse(email).map(|email| email.key()).ok();
        user.email.as_ref().map(Email::key) == sent && sent.is_some()
    };
    let user = user.filter(is_theirs).ok_or(Error::LoginRefused)?;
    let session = Session {
        client: client.to_owned(),
        token: token.to_owned(),
        expires_at,
    };
    Ok(SignedIn { app, user, session })
}

/// Ends a session.
///
/// # Errors
/// As [`verify`].
pub async fn end(directory: &Directory, signed_in: &SignedIn) -> Result<()> {
    let SignedIn { app, user, session } = signed_in;
    let lookup = lookup(directory, &session.client, &session.token);
    let (app, uid, at) = (app.clone(), user.uid.clone(), directory.clock.now());
    directory
        .store
        .write("sessions.end", move |tx| {
            store::delete(tx, &app, &lookup)?.ok_or(Error::LoginRefused)?;
            append(tx, &app, EventKind::SessionDeleted, &uid, at)
        })
        .await?;
    Ok(())
}
