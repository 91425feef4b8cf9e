//! Writing the event of a change, in the transaction of the change.

use rollcall_model::{Actor, Event, EventKind, Millis};
use rollcall_store::{Result, Tx, events};

/// Who does it and when: the same for all events of one use case.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) actor: Actor,
    pub(crate) at: Millis,
}

impl Stamp {
    pub(crate) fn append(&self, tx: &mut Tx<'_>, kind: EventKind, subject: &str, fields: &str) -> Result<()> {
        events::append(tx, &self.event(kind, subject, fields))
    }

    /// The event, for a change that is written together with it.
    pub(crate) fn event(&self, kind: EventKind, subject: &str, fields: &str) -> Event {
        let Self { actor, at } = self;
        Event {
            app: actor.app.clone(),
            at: *at,
            kind,
            subject: subject.to_owned(),
            actor: actor.label(),
            fields: fields.to_owned(),
        }
    }
}
