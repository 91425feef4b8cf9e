//! What a logged-in user's client asks about the user itself. Not in the vendor's public specification: the names of the
//! features that a role can be denied (reference §5.6) tell that there are such operations.

use axum::extract::{Request, State};
use rollcall_directory::authz::Action;
use rollcall_directory::{auth_tokens, users as directory};
use rollcall_http::body::Payload;
use rollcall_model::{Actor, Uid};

use crate::answer::{Answer, data, done};
use crate::auth::Caller;
use crate::fault::Fault;
use crate::form::Form;
use crate::users::{View, input};
use crate::{Core, MAX_BODY};

/// Whoever acts. A key that acts for nobody is no user.
fn myself(actor: &Actor) -> Result<Uid, Fault> {
    let viewer = actor.viewer.as_ref().ok_or_else(Fault::nobody_acts)?;
    Ok(viewer.uid.clone())
}

/// Reads the user's own record.
pub(crate) async fn get(State(core): Core, caller: Caller) -> Answer {
    let actor = caller.may(&core, Action::ReadUser).await?;
    let seen = directory::get(&core, &actor, &myself(&actor)?).await?;
    Ok(data(View::seen(&seen, &actor, false)))
}

/// Changes the user's own record.
pub(crate) async fn update(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::UpdateUser).await?;
    let uid = myself(&actor)?;
    let body = Payload::read(request, MAX_BODY).await?;
    let patch = input::patch(Form::new(body.fields()?))?;
    let user = directory::update(&core, &actor, uid, patch).await?;
    Ok(data(View::changed(&user)))
}

/// Logs out: the token that the request came with is deleted.
pub(crate) async fn log_out(State(core): Core, caller: Caller) -> Answer {
    let actor = caller.may(&core, Action::DeleteAuthToken).await?;
    let uid = myself(&actor)?;
    auth_tokens::log_out(&core, &actor, uid.clone()).await?;
    Ok(done(format!("The user with UID {uid} was logged out.")))
}
