//! Access tokens of users and agent bots, which Chatwoot shows with every record.
//!
//! They are not kept but derived, each from one random root, whose number and what it is for: reading a record needs
//! neither a second row nor a seal, and a user made through another face has one from the beginning. The root lies sealed
//! in the database, so that it outlives a change of the secret key (ADR 0011).

use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, Mac};
use rollcall_model::{ALPHANUMERIC, AgentBotId, AppId, Entropy, Error, Result, User, UserKey, token};
use rollcall_store::{Store, Tx, installation};
use sha2::Sha256;

use crate::Directory;
use crate::secrets::{Secrets, hex, keyed, unhex};

/// What the seal of the root is bound to; no app's.
const PURPOSE: &str = "access token root";

/// Derives access tokens.
pub(crate) struct AccessTokens(Hmac<Sha256>);

/// A new root, sealed, as text.
fn fresh_root(secrets: &Secrets, entropy: &dyn Entropy) -> Result<String> {
    let mut root = [0_u8; 32];
    entropy.fill(&mut root);
    Ok(hex(&secrets.seal(entropy, &nobody(), PURPOSE, &hex(&root))?.sealed))
}

/// Stands for the installation, which is no app: no app has an empty id.
fn nobody() -> AppId {
    AppId::stored("")
}

impl AccessTokens {
    /// Opens the root that the database holds; gives it one when there is none yet.
    pub(crate) async fn open(store: &Store, secrets: &Secrets, entropy: &dyn Entropy) -> Result<Self> {
        let sealed = match installation::find_token_root(store).await? {
            Some(sealed) => sealed,
            None => {
                let fresh = fresh_root(secrets, entropy)?;
                let write = move |tx: &mut Tx<'_>| installation::token_root(tx, &fresh);
                store.write("installation.token_root", write).await?
            }
        };
        let sealed = unhex(&sealed)
            .ok_or_else(|| Error::Internal("the access token root is no text of ours".to_owned()))?;
        Ok(Self(keyed(secrets.open(&nobody(), PURPOSE, &sealed)?.as_bytes())))
    }

    fn derive(&self, app: &AppId, purpose: &str, number: i64, generation: i64) -> String {
        let place = format!("{app}/{purpose}/{number}/{generation}");
        let stream = Stream {
            mac: self.0.clone().chain_update(place),
            block: AtomicU64::new(0),
        };
        token(&stream, ALPHANUMERIC, 24)
    }
}

/// The permanent access token of a user: 24 alphanumerics.
#[must_use]
pub fn of_user(directory: &Directory, app: &AppId, user: &User) -> String {
    let UserKey(key) = user.key;
    directory.access_tokens.derive(app, "user", key, 0)
}

/// A user's token for realtime connections, replaced with the password: 24 alphanumerics.
#[must_use]
pub fn pubsub_of_user(directory: &Directory, app: &AppId, user: &User) -> String {
    let UserKey(key) = user.key;
    directory.access_tokens.derive(app, "pubsub", key, user.pubsub_generation)
}

/// The access token of an agent bot: 24 alphanumerics.
#[must_use]
pub fn of_agent_bot(directory: &Directory, app: &AppId, AgentBotId(id): AgentBotId) -> String {
    directory.access_tokens.derive(app, "agent bot", id, 0)
}

/// As many bytes as are asked for, the same each time.
struct Stream {
    mac: Hmac<Sha256>,
    block: AtomicU64,
}

impl Entropy for Stream {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let number = self.block.fetch_add(1, Ordering::Relaxed);
            let block = self.mac.clone().chain_update(number.to_le_bytes()).finalize().into_bytes();
            part.copy_from_slice(&block[..part.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_everything_apart_and_stays() {
        let tokens = AccessTokens(keyed(&[7; 32]));
        let (shop, club) = (AppId::stored("shop"), AppId::stored("club"));
        let mut all = vec![
            tokens.derive(&shop, "user", 1, 0),
            tokens.derive(&club, "user", 1, 0),
            tokens.derive(&shop, "pubsub", 1, 0),
            tokens.derive(&shop, "user", 2, 0),
            tokens.derive(&shop, "user", 1, 1),
        ];
        assert_eq!(tokens.derive(&shop, "user", 1, 0), all[0]);
        assert_ne!(AccessTokens(keyed(&[8; 32])).derive(&shop, "user", 1, 0), all[0]);
        assert!(
            all.iter()
                .all(|token| token.len() == 24 && token.bytes().all(|b| b.is_ascii_alphanumeric()))
        );
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
    }
}
