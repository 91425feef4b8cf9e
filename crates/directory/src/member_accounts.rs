//! The accounts of a user, as the user's record shows them.

use rollcall_model::{AppId, MemberAccount, Result, User};
use rollcall_store::member_accounts as store;

use crate::Directory;

/// The accounts of a user, by their numbers. Whoever asks has read the user, and was allowed to.
///
/// # Errors
/// What the store says.
pub async fn of_user(directory: &Directory, app: &AppId, user: &User) -> Result<Vec<MemberAccount>> {
    Ok(Box::pin(store::of_user(&directory.store, app, user.key)).await?)
}
