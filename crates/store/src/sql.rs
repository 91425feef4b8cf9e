//! Statements: written once, with `$1`, `$2`, … for parameters, and collected so that a test can prepare them all.
//!
//! House dialect: `BIGINT`/`INTEGER` only; time is epoch milliseconds; flags are 0 and 1; JSON is text and never
//! queried inside; sets are rows; columns are listed; an untyped null is `cast($1 as text)`, a sum
//! `cast(sum(x) as bigint)`. Every statement is scoped by `app`.

use std::borrow::Cow;
use std::sync::OnceLock;

/// One statement. Lives in a `static`, so that its address can stand for it in caches.
#[derive(Debug)]
pub struct Sql {
    name: &'static str,
    text: Cow<'static, str>,
    sqlite: OnceLock<String>,
}

impl Sql {
    /// A statement known when the program is built.
    #[must_use]
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text: Cow::Borrowed(text), sqlite: OnceLock::new() }
    }

    /// A statement put together from parts; `user_list` alone needs this.
    pub(crate) fn built(name: &'static str, text: String) -> Self {
        Self { name, text: Cow::Owned(text), sqlite: OnceLock::new() }
    }

    /// Its name, as tests and slow logs show it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text for SQLite, where `$2` is a name numbered by first appearance and only `?2` is the second parameter.
    #[must_use]
    pub fn sqlite_text(&self) -> &str {
        self.sqlite.get_or_init(|| self.text.replace('$', "?"))
    }

    /// Whether it changes nothing: what ran before is kept if the commit travels with the next statement.
    pub(crate) fn only_looks(&self) -> bool {
        self.text.trim_start().starts_with("select")
    }

    /// What stands for this statement in a cache: its address, which a `static` never changes.
    pub(crate) fn identity(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// Declares the statements of a noun and `STATEMENTS`, the list of them; or a list of another name.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)+) => {
        statements! { STATEMENTS: $($(#[$doc])* $name = $text;)+ }
    };
    ($list:ident: $($(#[$doc:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$doc])* static $name: $crate::Sql = $crate::Sql::new(concat!(module_path!(), "::", stringify!($name)), $text);)+
        /// Every statement of this list.
        pub(crate) static $list: &[&$crate::Sql] = &[$(&$name),+];
    };
}
pub(crate) use statements;
