//! What goes into a statement and what comes out, the same on both engines.

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::{Error, Result};

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub enum Param<'a> {
    /// Null.
    Null,
    /// An integer or a flag.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Param<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Param<'_> {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

type Encoded = std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>>;

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            // A comparison with a literal makes the server expect its narrower integer.
            Self::Int(number) if *ty == Type::INT4 => i32::try_from(number)?.to_sql(ty, out),
            Self::Int(number) => number.to_sql_checked(ty, out),
            Self::Text(text) => text.to_sql_checked(ty, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A parameter that outlives its statement's caller.
#[derive(Debug)]
pub(crate) enum OwnedParam {
    Null,
    Int(i64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
}

impl From<Param<'_>> for OwnedParam {
    fn from(param: Param<'_>) -> Self {
        match param {
            Param::Null => Self::Null,
            Param::Int(number) => Self::Int(number),
            Param::Text(text) => Self::Text(text.into()),
            Param::Bytes(bytes) => Self::Bytes(bytes.into()),
        }
    }
}

impl OwnedParam {
    pub(crate) fn borrow(&self) -> Param<'_> {
        match self {
            Self::Null => Param::Null,
            Self::Int(number) => Param::Int(*number),
            Self::Text(text) => Param::Text(text),
            Self::Bytes(bytes) => Param::Bytes(bytes),
        }
    }
}

/// One row of an answer. Columns are counted from 0.
#[derive(Debug)]
pub enum Row<'a> {
    /// From the embedded engine.
    Sqlite(&'a rusqlite::Row<'a>),
    /// From PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// A text that is never null.
    ///
    /// # Errors
    /// [`Error::Broken`] when the column holds something else.
    pub fn text(&self, column: usize) -> Result<&str> {
        self.opt_text(column)?.ok_or_else(|| unexpected(column, "a text"))
    }

    /// A text or null.
    ///
    /// # Errors
    /// [`Error::Broken`] when the column holds something else.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>> {
        match self {
            Self::Sqlite(row) => row
                .get_ref(column)
                .ok()
                .and_then(|value| value.as_str_or_null().ok())
                .ok_or_else(|| unexpected(column, "a text")),
            Self::Postgres(row) => row.try_get(column).map_err(|_| unexpected(column, "a text")),
        }
    }

    /// An integer that is never null.
    ///
    /// # Errors
    /// [`Error::Broken`] when the column holds something else.
    pub fn int(&self, column: usize) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| unexpected(column, "an integer"))
    }

    /// An integer or null.
    ///
    /// # Errors
    /// [`Error::Broken`] when the column holds something else.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        match self {
            Self::Sqlite(row) => row
                .get_ref(column)
                .ok()
                .and_then(|value| value.as_i64_or_null().ok())
                .ok_or_else(|| unexpected(column, "an integer")),
            Self::Postgres(row) => row.try_get(column).map_err(|_| unexpected(column, "an integer")),
        }
    }

    /// Bytes that are never null.
    ///
    /// # Errors
    /// [`Error::Broken`] when the column holds something else.
    pub fn bytes(&self, column: usize) -> Result<&[u8]> {
        match self {
            Self::Sqlite(row) => row
                .get_ref(column)
                .ok()
                .and_then(|value| value.as_blob().ok())
                .ok_or_else(|| unexpected(column, "bytes")),
            Self::Postgres(row) => row.try_get(column).map_err(|_| unexpected(column, "bytes")),
        }
    }
}

fn unexpected(column: usize, wanted: &str) -> Error {
    Error::Broken(format!("column {column} of the answer is not {wanted}"))
}
