//! What transactions change of what this process remembers. It is told to the memory after the commit and before
//! anybody is answered; what a transaction that is undone has said is forgotten.

use std::cell::RefCell;
use std::sync::Arc;

use crate::record::Record;
use crate::record_cache::Name;
use crate::user_index::Listed;

/// One change.
#[derive(Debug)]
pub(crate) enum Change {
    /// The record of this name is this one.
    Replaced(Name, Arc<Record>),
    /// The record of this name is another, or there is none any more.
    Record(Name),
    /// More records are others than can be named.
    Records,
    /// Lists are others.
    Listed(Box<Listed>),
}

/// What the changes of a batch say about one record.
#[derive(Debug)]
pub(crate) enum Latest {
    /// Nothing: it is as it was before the batch.
    Unchanged,
    /// It is this.
    Is(Arc<Record>),
    /// It was changed; only the database knows how it is.
    Unknown,
}

/// The changes of a batch of transactions, in their order.
#[derive(Debug, Default)]
pub(crate) struct Changes(RefCell<Vec<Change>>);

impl Changes {
    pub(crate) fn add(&self, change: Change) {
        self.0.borrow_mut().push(change);
    }

    /// What they say about the record of this name.
    pub(crate) fn latest(&self, name: &str) -> Latest {
        let about = |change: &Change| match change {
            Change::Replaced(of, record) => (**of == *name).then(|| Latest::Is(Arc::clone(record))),
            Change::Record(of) => (**of == *name).then_some(Latest::Unknown),
            Change::Records => Some(Latest::Unknown),
            Change::Listed(_) => None,
        };
        self.0.borrow().iter().rev().find_map(about).unwrap_or(Latest::Unchanged)
    }

    /// How many there are: to be given to [`Changes::undo`] if what follows is undone.
    pub(crate) fn mark(&self) -> usize {
        self.0.borrow().len()
    }

    /// Forgets what was added since the mark.
    pub(crate) fn undo(&self, mark: usize) {
        self.0.borrow_mut().truncate(mark);
    }

    /// Whether any of them is one of lists.
    pub(crate) fn any_listed(&self) -> bool {
        self.0.borrow().iter().any(|change| matches!(change, Change::Listed(_)))
    }

    /// Hands over those of lists.
    pub(crate) fn take_listed(&self) -> Vec<Listed> {
        let mut changes = self.0.borrow_mut();
        let taken = changes.extract_if(.., |change| matches!(change, Change::Listed(_)));
        let listed = taken.filter_map(|change| match change {
            Change::Listed(listed) => Some(*listed),
            Change::Replaced(..) | Change::Record(_) | Change::Records => None,
        });
        listed.collect()
    }

    /// Hands over all of them and begins anew.
    pub(crate) fn take(&self) -> Vec<Change> {
        self.0.take()
    }
}
