//! Places in lists of users: behind whom a list goes on.

use rollcall_model::{Actor, AppId, Error, Uid, Viewer};
use rollcall_store::{self as store, Tx, friends, users};

use crate::policy::Circle;

/// The user of this uid, as it was written, if one is named: any, active or not. To a user the deactivated do not exist,
/// and whoever sees only some, in these circles, is not told who else there is.
///
/// # Errors
/// [`Error::UserNotFound`], or what the engine says.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    actor: &Actor,
    circles: &[Circle],
    named: Option<&str>,
) -> store::Result<Option<Uid>> {
    let Some(named) = named else { return Ok(None) };
    let unknown = || Error::UserNotFound(named.to_lowercase());
    let uid = Uid::parse(named).map_err(|_| unknown())?;
    let known = match &actor.viewer {
        Some(viewer) => sees(tx, &actor.app, viewer, circles, &uid)?,
        None => users::key(tx, &actor.app, &uid)?.is_some(),
    };
    if known { Ok(Some(uid)) } else { Err(unknown().into()) }
}

/// Whether an active user is in one of these circles, or is the one who looks.
fn sees(tx: &mut Tx<'_>, app: &AppId, viewer: &Viewer, circles: &[Circle], uid: &Uid) -> store::Result<bool> {
    let Some((key, role)) = users::holder(tx, app, uid)? else {
        return Ok(false);
    };
    let fitting: Vec<_> = circles.iter().filter(|circle| circle.has_role(&role)).collect();
    if key == viewer.key || fitting.iter().any(|circle| !circle.friends_only) {
        return Ok(true);
    }
    Ok(!fitting.is_empty() && friends::are_in(tx, app, viewer.key, key)?)
}
