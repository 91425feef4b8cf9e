//! What transactions change of what this process remembers. It is told to the memory after the commit and before
//! anybody is answered; what a transaction that is undone has said is forgotten.

use std::cell::RefCell;

use crate::record_cache::Name;

/// One change.
#[derive(Debug)]
pub(crate) enum Change {
    /// The record of this name is another, or there is none any more.
    Record(Name),
    /// More records are others than can be named.
    Records,
}

/// The changes of a batch of transactions, in their order.
#[derive(Debug, Default)]
pub(crate) struct Changes(RefCell<Vec<Change>>);

impl Changes {
    pub(crate) fn add(&self, change: Change) {
        self.0.borrow_mut().push(change);
    }

    /// How many there are: to be given to [`Changes::undo`] if what follows is undone.
    pub(crate) fn mark(&self) -> usize {
        self.0.borrow().len()
    }

    /// Forgets what was added since the mark.
    pub(crate) fn undo(&self, mark: usize) {
        self.0.borrow_mut().truncate(mark);
    }

    /// Hands over all of them and begins anew.
    pub(crate) fn take(&self) -> Vec<Change> {
        self.0.take()
    }
}
