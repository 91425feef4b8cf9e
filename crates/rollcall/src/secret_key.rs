//! Finding the installation's secret key, or making it at the first start.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use rollcall_directory::SecretKey;
use rollcall_model::{ALPHANUMERIC, token};
use rollcall_store::Database;

use crate::config::{Config, environment};
use crate::system::SystemEntropy;

/// The key from the environment, else from its file. A file that is not there is made, unless the database is `sealed`
/// with a key already: a new one could not open it.
///
/// # Errors
/// When the key is malformed or missing, or the file cannot be read or made.
pub fn load(config: &Config, sealed: bool) -> Result<SecretKey> {
    if let Some(text) = environment("ROLLCALL_SECRET_KEY") {
        return text.parse().context("ROLLCALL_SECRET_KEY is not usable");
    }
    let path = match &config.secret_key_file {
        Some(path) => path.clone(),
        None => default_path(&config.database()?)?,
    };
    match read(&path)? {
        Some(key) => Ok(key),
        None if sealed => bail!(
            "the secret key file {} is missing; put it back, or set ROLLCALL_SECRET_KEY or --secret-key-file: \
             without the key that it was sealed with, the database does not open",
            path.display()
        ),
        None => make(&path),
    }
}

fn default_path(database: &Database) -> Result<PathBuf> {
    match database {
        Database::Sqlite(path) => {
            let mut name = path.clone().into_os_string();
            name.push(".key");
            Ok(name.into())
        }
        Database::Postgres(_) => {
            let state = environment("XDG_STATE_HOME").map(PathBuf::from);
            // Where HOME is not set, as under some supervisors, the user's entry in the password file says.
            let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
            let home = home.map(|home| home.join(".local/state"));
            let state = state.or(home).ok_or_else(|| {
                anyhow!("there is no home directory to keep the secret key in; set ROLLCALL_SECRET_KEY or --secret-key-file")
            })?;
            Ok(state.join("rollcall/secret.key"))
        }
    }
}

fn read(path: &Path) -> Result<Option<SecretKey>> {
    match std::fs::read_to_string(path) {
        Ok(text) => text
            .parse()
            .map(Some)
            .with_context(|| format!("the secret key file {} is not usable", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(error).with_context(|| format!("cannot read the secret key file {}", path.display()))
        }
    }
}

/// Makes the key so that of several processes starting at once all end with the same one: each writes its own whole
/// file, and only the first can give it the final name.
fn make(path: &Path) -> Result<SecretKey> {
    let failed = || format!("cannot make the secret key file {}", path.display());
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(failed)?;
    }
    let key = SecretKey::generate(&SystemEntropy);
    let mut own = path.to_owned().into_os_string();
    own.push(format!(".{}.new", token(&SystemEntropy, ALPHANUMERIC, 8)));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&own)
        .with_context(failed)?;
    let linked = writeln!(file, "{}", *key.to_hex())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&own, path));
    std::fs::remove_file(&own).with_context(failed)?;
    match linked {
        Ok(()) => {
            // The name, too, must outlive a power failure: the database is sealed with it from now on.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))
                .and_then(|folder| folder.sync_all())
                .with_context(failed)?;
            tracing::info!(file = %path.display(), "made a secret key; keep a copy of it apart from the database");
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| anyhow!("the secret key file {} went away", path.display()))
        }
        Err(error) => Err(error).with_context(failed),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/secret.key");
        assert!(read(&path).unwrap().is_none());
        let first = make(&path).unwrap().to_hex();
        assert_eq!(make(&path).unwrap().to_hex(), first, "the second to come takes the first one's key");
        assert_eq!(read(&path).unwrap().unwrap().to_hex(), first);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left lying about"
        );
    }

    #[test]
    fn a_broken_file_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "not a key").unwrap();
        let error = format!("{:#}", read(file.path()).unwrap_err());
        assert!(
            error.contains(&file.path().display().to_string()) && error.contains("64 hexadecimal"),
            "{error}"
        );
    }
}
