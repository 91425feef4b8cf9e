//! Requests about memberships, checked (reference §9).

use rollcall_model::{MemberRole, Patch, UserKey};

use crate::fault::Fault;
use crate::form::Form;
use crate::word::word;

/// Who is to be a member, and as what.
pub(super) fn member(mut form: Form) -> Result<(UserKey, Patch<MemberRole>), Fault> {
    let user = user_key(&mut form);
    if user.is_none() {
        form.refuse("user", "User must exist");
    }
    let role = word(&mut form, "role", MemberRole::parse);
    // Nobody has the number 0.
    form.finish((user.unwrap_or(UserKey(0)), role))
}

/// Who is to be no member any longer.
pub(super) fn user(mut form: Form) -> Result<Option<UserKey>, Fault> {
    let user = user_key(&mut form);
    form.finish(user)
}

fn user_key(form: &mut Form) -> Option<UserKey> {
    form.integer("user_id").apply(None).map(UserKey)
}
