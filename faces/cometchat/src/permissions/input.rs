//! Bodies and paths about permissions, checked (reference §5.6).

use rollcall_model::{BadPermission, Permission, PermissionValue};

use crate::fault::{Details, Fault};
use crate::form::{Form, Given, says};

/// Most permissions in one call; there are 30.
const MAX_PERMISSIONS: usize = 100;

/// What a body says about one permission.
pub(super) struct Asked {
    /// The id as it was written.
    pub(super) id: String,
    /// The permission and its new value, or why there is none.
    pub(super) value: Result<(Permission, PermissionValue), Unfit>,
}

/// Why one permission is not set.
pub(super) enum Unfit {
    /// There is no permission of this id.
    Unknown,
    /// The value does not fit.
    Value(BadPermission),
}

/// The body that sets permissions, in the order given.
pub(super) fn values(mut form: Form<'_>) -> Result<Vec<Asked>, Fault> {
    const FIELD: &str = "permissions";
    let mut asked = Vec::new();
    match form.object(FIELD) {
        Given::Value(members) if members.len() > MAX_PERMISSIONS => {
            form.refuse(FIELD, says::too_many(FIELD, MAX_PERMISSIONS));
        }
        Given::Value(members) if !members.is_empty() => {
            for (id, raw) in members.iter() {
                // Its outcome would stand where the answer has the map of all permissions.
                if id == FIELD {
                    form.refuse("permissions.permissions", says::selected("permissions.permissions"));
                }
                let value = match Permission::parse(id) {
                    Some(permission) => permission
                        .value(raw.get())
                        .map(|value| (permission, value))
                        .map_err(Unfit::Value),
                    None => Err(Unfit::Unknown),
                };
                asked.push(Asked { id: id.to_owned(), value });
            }
        }
        Given::Wrong => {}
        Given::Value(_) | Given::Absent | Given::Blank => form.refuse(FIELD, says::required(FIELD)),
    }
    form.finish()?;
    Ok(asked)
}

/// The permission that a path names.
pub(super) fn permission(named: &str) -> Result<Permission, Fault> {
    Permission::parse(named).ok_or_else(|| {
        let mut details = Details::default();
        details.add("permission", says::selected("permission"));
        Fault::invalid(details)
    })
}
