//! What a server is filled with, and filled SQLite files that are kept for the next run.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::records;

/// Name of the SQLite file.
pub(crate) const FILE: &str = "rollcall.db";
const KEYS: &str = "keys.json";
/// Says that the files beside it are whole.
const WHOLE: &str = "whole";
/// Up to so many users are all changed once after they were made, so that their answers have one length.
const CHANGED: u32 = 100_000;

/// Apps and users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seeds {
    /// Users of each app.
    pub(crate) users: u32,
    /// How many apps.
    pub(crate) apps: u32,
    /// How many tags the users have between them, one each; none for two that all have.
    pub(crate) tags: Option<u32>,
}

/// An app's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Its id.
    pub(crate) app_id: String,
    /// CometChat's.
    pub(crate) rest_api_key: String,
    /// Chatwoot's.
    pub(crate) platform_token: String,
    /// Klaim's.
    pub(crate) klaim_key: String,
}

impl Seeds {
    /// One app with so many users.
    pub(crate) fn of(users: u32) -> Self {
        Self { users, apps: 1, tags: None }
    }

    /// Whether all users are changed once.
    pub(crate) fn changes_all(&self) -> bool {
        self.users * self.apps <= CHANGED
    }

    /// Where a file with these users is kept: one that was filled with other texts is not taken for it.
    pub(crate) fn folder(&self, keep: &Path) -> PathBuf {
        let Self { users, apps, tags } = self;
        let text = records::create_body(tags.is_some()) + &records::put_body();
        // FNV-1a: a name that stays the same in every build.
        let print = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        keep.join(format!("{users}x{apps}-{}-{print:016x}", tags.unwrap_or(0)))
    }
}

impl Keys {
    /// From what `rollcall app create --json` prints.
    pub(crate) fn read(value: &Value) -> anyhow::Result<Self> {
        let text = |name: &str| {
            let text = value[name].as_str();
            text.map(str::to_owned)
                .with_context(|| format!("`rollcall app create --json` printed no {name}"))
        };
        Ok(Self {
            app_id: text("appId")?,
            rest_api_key: text("restApiKey")?,
            platform_token: text("platformToken")?,
            klaim_key: text("klaimKey")?,
        })
    }

    fn json(&self) -> Value {
        let Self { app_id, rest_api_key, platform_token, klaim_key } = self;
        json!({ "appId": app_id, "restApiKey": rest_api_key, "platformToken": platform_token, "klaimKey": klaim_key })
    }
}

/// Leaves the keys beside the database.
pub(crate) fn write_keys(dir: &Path, keys: &[Keys]) -> anyhow::Result<()> {
    let all: Vec<Value> = keys.iter().map(Keys::json).collect();
    Ok(std::fs::write(dir.join(KEYS), Value::from(all).to_string())?)
}

/// Reads them back.
pub(crate) fn read_keys(dir: &Path) -> anyhow::Result<Vec<Keys>> {
    let all: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(dir.join(KEYS))?)?;
    all.iter().map(Keys::read).collect()
}

/// Copies kept files to where they are used; answers whether there are any.
pub(crate) fn take_out(kept: &Path, dir: &Path) -> anyhow::Result<bool> {
    if !kept.join(WHOLE).exists() {
        return Ok(false);
    }
    copy(kept, dir)?;
    Ok(true)
}

/// Keeps a copy of the files of a server that has stopped.
pub(crate) fn put_by(dir: &Path, kept: &Path) -> anyhow::Result<()> {
    if kept.exists() {
        std::fs::remove_dir_all(kept)?;
    }
    std::fs::create_dir_all(kept)?;
    copy(dir, kept)?;
    Ok(std::fs::write(kept.join(WHOLE), "")?)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let name = entry?.file_name();
        let wanted = name
            .to_str()
            .is_some_and(|name| name == KEYS || (name.starts_with(FILE) && !name.ends_with(".lock")));
        if wanted {
            std::fs::copy(from.join(&name), to.join(&name))
                .with_context(|| format!("copying {}", name.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        let text = |text: &str| text.to_owned();
        Keys {
            app_id: text("bench-0000"),
            rest_api_key: text("r"),
            platform_token: text("p"),
            klaim_key: text("k"),
        }
    }

    #[test]
    fn what_was_kept_comes_back() {
        let root = tempfile::tempdir().unwrap();
        let (first, second, kept) = (root.path().join("a"), root.path().join("b"), root.path().join("kept"));
        std::fs::create_dir(&first).unwrap();
        std::fs::create_dir(&second).unwrap();
        assert!(!take_out(&kept, &second).unwrap());
        write_keys(&first, &[keys()]).unwrap();
        for name in ["rollcall.db", "rollcall.db.key", "rollcall.db.lock", "serve.log"] {
            std::fs::write(first.join(name), name).unwrap();
        }
        put_by(&first, &kept).unwrap();
        assert!(take_out(&kept, &second).unwrap());
        assert_eq!(read_keys(&second).unwrap(), [keys()]);
        assert_eq!(std::fs::read_to_string(second.join("rollcall.db.key")).unwrap(), "rollcall.db.key");
        assert!(!second.join("rollcall.db.lock").exists() && !second.join("serve.log").exists());
    }

    #[test]
    fn what_was_not_finished_is_not_taken() {
        let root = tempfile::tempdir().unwrap();
        let kept = root.path().join("kept");
        std::fs::create_dir(&kept).unwrap();
        std::fs::write(kept.join("rollcall.db"), "half").unwrap();
        assert!(!take_out(&kept, root.path()).unwrap());
        assert!(!root.path().join("rollcall.db").exists());
    }

    #[test]
    fn other_seeds_lie_elsewhere() {
        let keep = Path::new("/keep");
        let one = Seeds::of(1000);
        assert_eq!(one.folder(keep), Seeds::of(1000).folder(keep));
        for other in [
            Seeds::of(1001),
            Seeds { users: 1000, apps: 2, tags: None },
            Seeds { users: 1000, apps: 1, tags: Some(5) },
        ] {
            assert_ne!(one.folder(keep), other.folder(keep));
        }
    }

    #[test]
    fn a_missing_key_is_named() {
        let error = Keys::read(&json!({ "appId": "a" })).unwrap_err().to_string();
        assert!(error.contains("restApiKey"), "{error}");
    }
}
