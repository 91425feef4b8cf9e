//! The use cases of the directory: one plain function each, which authorises, runs one named transaction and
//! writes the event of the change in it.
//!
//! Owns: who may do what, what belongs into one transaction, secrets. Must not know: SQL, HTTP, vendors' shapes.

pub mod access_tokens;
pub mod accounts;
pub mod activity;
pub mod agent_bot_pictures;
pub mod agent_bots;
pub mod api_keys;
pub mod apps;
pub mod auth_tokens;
pub mod authz;
pub mod blocks;
pub mod credentials;
pub mod credits;
pub mod friends;
pub mod login_links;
pub mod memberships;
pub mod passwords;
pub mod permissibles;
pub mod permissions;
pub mod policy;
pub mod restricted_features;
pub mod roles;
pub mod sessions;
pub mod users;

mod keyring;
mod named;
mod outbox;
mod secrets;

use std::sync::Arc;

use rollcall_model::{Clock, Entropy, Error, Millis, Result};
use rollcall_store::{Store, installation};

pub use keyring::{TRUST, Verified};
pub use secrets::{BadSecretKey, SecretKey};

use access_tokens::AccessTokens;
use activity::Activity;
use keyring::Keyring;
use secrets::Secrets;

/// Everything that a use case needs: the store, the secret key, and where time and randomness come from.
pub struct Directory {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    secrets: Secrets,
    keyring: Keyring,
    activity: Activity,
    access_tokens: AccessTokens,
    password_room: passwords::Room,
}

impl Directory {
    /// Binds a store to its secret key. The first key that a database meets is the only one it will open with.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database was sealed with another key or does not answer.
    pub async fn open(
        store: Store,
        key: &SecretKey,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self> {
        let secrets = Secrets::new(key);
        let proof = secrets.proof();
        let mine = proof.clone();
        let held = store
            .write("installation.key_check", move |tx| installation::key_check(tx, &proof))
            .await?;
        if held != mine {
            return Err(Error::Unavailable(
                "its secrets were sealed with another secret key; start with the key that was used at first \
                 (ROLLCALL_SECRET_KEY or --secret-key-file)"
                    .to_owned(),
            ));
        }
        let access_tokens = AccessTokens::open(&store, &secrets, &*entropy).await?;
        Ok(Self {
            store,
            clock,
            entropy,
            secrets,
            keyring: Keyring::default(),
            activity: Activity::default(),
            access_tokens,
            password_room: passwords::Room::default(),
        })
    }

    /// Whether the database answers at this moment.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not.
    pub async fn ready(&self) -> Result<()> {
        installation::epoch(&self.store).await?;
        Ok(())
    }

    /// The time that everything in the directory goes by.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The store, for its counters.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// Whether a database has met its secret key: opening it with a new one would be refused.
///
/// # Errors
/// [`Error::Unavailable`] when it does not answer.
pub async fn is_sealed(store: &Store) -> Result<bool> {
    Ok(installation::has_key_check(store).await?)
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory").field("store", &self.store).finish_non_exhaustive()
    }
}
