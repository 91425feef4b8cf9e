//! What each server does, and does not do, for what a request costs it. The facts are those of the start scripts.

use super::peer::Peer;

/// One server's line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Price {
    /// What a read gives.
    pub(crate) get: &'static str,
    /// What an update changes, and what it answers.
    pub(crate) update: &'static str,
    /// How the caller is known.
    pub(crate) caller: &'static str,
    /// What is on disk when the answer comes.
    pub(crate) durable: &'static str,
    /// Other work in the price, or missing from it.
    pub(crate) besides: &'static str,
}

/// Rollcall.
pub(crate) const ROLLCALL: Price = Price {
    get: "the whole user, JSON",
    update: "status message and metadata, every field checked; answers the whole user",
    caller: "API key with each request; rate limit off, as by default",
    durable: "yes, flushed; updates that arrive together share the flush",
    besides: "an event in the same transaction",
};

/// The peer's line.
pub(crate) fn of(peer: Peer) -> Price {
    match peer {
        Peer::Pocketbase => Price {
            get: "the whole record, JSON",
            update: "status message and metadata; answers the whole record",
            caller: "superuser token (JWT) with each request; rate limit off",
            durable: "no: WAL with synchronous=NORMAL, flushed at checkpoints",
            besides: "logs every request into a second SQLite file; real-time events to subscribers (none here), kept nowhere",
        },
        Peer::Slapd => Price {
            get: "the whole entry, LDAP (no HTTP, no JSON)",
            update: "two attributes; answers a result code only",
            caller: "name and password once per connection; no access rules, for it is the root name",
            durable: "yes, one flush for each update",
            besides: "schema check; no event (the accesslog overlay is off)",
        },
        Peer::Ejabberd => Price {
            get: "one field of the vCard, JSON",
            update: "one field; answers a result code only",
            caller: "name and password (Basic) with each request",
            durable: "no: Mnesia's log, not flushed for each update",
            besides: "users' search table off; no event",
        },
        Peer::Synapse => Price {
            get: "the whole account, JSON; no metadata",
            update: "name and avatar; answers the whole account",
            caller: "access token of an administrator with each request",
            durable: "yes, a flush for each of its transactions (WAL, synchronous=FULL)",
            besides: "user directory brought up to date; room events for the user's rooms (none here)",
        },
    }
}
