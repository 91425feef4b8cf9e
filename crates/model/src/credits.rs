//! Credits (Klaim): balances and the ledger of their changes.

use crate::Millis;

/// An amount of credits, in hundredths: 4050 is 40.5 credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credits(pub i64);

impl Credits {
    /// The largest balance and the largest change, either way: as a number with two decimals it is still exact in
    /// clients that know only doubles.
    pub const MAX: Self = Self(9_007_199_254_740_991);
}

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditChange {
    /// Its number, unique in the installation; later ones are higher.
    pub id: i64,
    /// By how much the balance changed.
    pub delta: Credits,
    /// The balance after it.
    pub balance: Credits,
    /// The reason, for people.
    pub description: Option<String>,
    /// When.
    pub at: Millis,
}
