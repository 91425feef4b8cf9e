//! The walk through an app's users from one to the next, for lists without numbered pages: in the order of their Klaim
//! ids, which never change, so that nobody is met twice or missed whatever is changed meanwhile.

use rollcall_model::{AppId, KlaimId, Stretch, User};

use crate::sql::statements;
use crate::users::{columns, from_row};
use crate::{Result, Tx};

statements! {
    LIST = concat!("
        select ", columns!(), "
        from users
        where app = $1 and klaim_id > $2 and deactivated_at is null
        order by klaim_id
        limit cast($3 as bigint)");
}

/// At most `limit` active users: those behind this Klaim id, be it anybody's or nobody's, or the first ones.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, after: Option<&KlaimId>, limit: i64) -> Result<Stretch<User>> {
    // No id is empty, so all lie behind the empty text.
    let after = after.map_or("", KlaimId::as_str);
    let params = [app.as_str().into(), after.into(), limit.saturating_add(1).into()];
    Ok(Stretch::cut(tx.query(&LIST, &params, from_row)?, limit))
}
