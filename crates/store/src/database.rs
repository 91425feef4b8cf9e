//! Where the data lies, as the operator writes it.

use std::path::PathBuf;
use std::str::FromStr;

/// A database address: `sqlite:PATH` or `postgres://user@host/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file of the embedded engine.
    Sqlite(PathBuf),
    /// A PostgreSQL server, 15 or later, as a connection URL.
    Postgres(String),
}

/// Why a text is no database address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDatabase {
    /// Neither of the two forms.
    #[error("expected sqlite:PATH or postgres://user@host/name")]
    Scheme,
    /// `sqlite:` without a path, or an in-memory database, which could not keep a promise.
    #[error("sqlite: needs the path of a file, for example sqlite:rollcall.db")]
    Path,
    /// The driver does not understand the URL.
    #[error("not a PostgreSQL URL: {0}")]
    Url(String),
}

impl FromStr for Database {
    type Err = BadDatabase;

    fn from_str(text: &str) -> Result<Self, BadDatabase> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" | ":memory:" => Err(BadDatabase::Path),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return match text.parse::<tokio_postgres::Config>() {
                Ok(_) => Ok(Self::Postgres(text.to_owned())),
                Err(error) => Err(BadDatabase::Url(crate::error::chain(&error))),
            };
        }
        Err(BadDatabase::Scheme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_forms_are_read() {
        assert_eq!("sqlite:a/b.db".parse(), Ok(Database::Sqlite("a/b.db".into())));
        assert_eq!("sqlite:///var/r.db".parse(), Ok(Database::Sqlite("/var/r.db".into())));
        let url = "postgres://me@127.0.0.1:5432/rollcall";
        assert_eq!(url.parse(), Ok(Database::Postgres(url.to_owned())));
    }

    #[test]
    fn anything_else_is_refused_with_a_hint() {
        assert_eq!("mysql://x".parse::<Database>(), Err(BadDatabase::Scheme));
        assert_eq!("sqlite:".parse::<Database>(), Err(BadDatabase::Path));
        assert_eq!("sqlite::memory:".parse::<Database>(), Err(BadDatabase::Path));
        assert!(matches!("postgres://h:port/x".parse::<Database>(), Err(BadDatabase::Url(_))));
    }
}
