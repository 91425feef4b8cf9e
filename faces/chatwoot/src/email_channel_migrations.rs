//! Migrations of e-mail channels (reference §11), which are always switched off: there are no channels.

use axum::extract::State;
use rollcall_directory::accounts as directory;
use rollcall_model::AccountId;

use crate::Face;
use crate::answer::Answer;
use crate::auth::Caller;
use crate::fault::Fault;
use crate::path::Number;

/// Says so, to whoever gets at the account.
pub(crate) async fn create(
    State(face): State<Face>,
    Caller(actor): Caller,
    Number(account): Number,
) -> Answer {
    directory::get(&face.directory, &actor, AccountId(account)).await?;
    Err(Fault::switched_off("Email channel migration is not enabled"))
}
