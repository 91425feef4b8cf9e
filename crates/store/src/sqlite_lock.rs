//! The right to serve a database file: one process at a time has it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::{Error, Result};

/// Takes the lock beside the file, or says that another process has it. The file must exist, so that however it is spelt,
/// through links too, the lock is the same one. The operating system frees it when the process ends, however it ends.
pub(crate) fn alone(path: &Path) -> Result<File> {
    let failed = |error: std::io::Error| {
        Error::Unavailable(format!("cannot lock the database {}: {error}", path.display()))
    };
    let mut lock = path.canonicalize().map_err(failed)?.into_os_string();
    lock.push(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Unavailable(format!(
            "another rollcall server is serving {}; stop it, or use PostgreSQL for several servers",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
