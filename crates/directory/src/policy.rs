//! What a user's role allows: the settings of the role, its restricted features and its permissions put together.
//!
//! An action must be allowed by all three. Whether a user may do it at all is asked first: see [`crate::authz`].

use rollcall_model::{
    Actor, AppId, Audience, DEFAULT_ROLE, Error, Feature, Permission, PermissionValue, Result, RoleId,
    RoleRules,
};
use rollcall_store::policy;

use crate::Directory;

/// What the users of one role may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy(RoleRules);

/// Whom a user reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    /// Only friends.
    pub friends_only: bool,
    /// Only users of these roles; all roles when it is empty.
    pub roles: Vec<RoleId>,
}

impl Circle {
    /// No limit at all.
    pub const EVERYBODY: Self = Self { friends_only: false, roles: Vec::new() };
    /// Friends, whatever their role.
    pub const FRIENDS: Self = Self { friends_only: true, roles: Vec::new() };

    /// Whether users of this role are in it.
    #[must_use]
    pub fn has_role(&self, role: &RoleId) -> bool {
        self.roles.is_empty() || self.roles.contains(role)
    }
}

impl Policy {
    /// The policy of a role. Whoever had a role that is just being removed has the default role.
    ///
    /// # Errors
    /// [`Error::RoleNotFound`] when not even the default role is there, or what the store says.
    pub async fn of(directory: &Directory, app: &AppId, role: &RoleId) -> Result<Self> {
        if let Some(rules) = policy::of(&directory.store, app, role).await? {
            return Ok(Self(rules));
        }
        let default = RoleId::stored(DEFAULT_ROLE);
        let rules = policy::of(&directory.store, app, &default).await?;
        rules.map(Self).ok_or_else(|| Error::RoleNotFound(default.to_string()))
    }

    /// Goes on only if the role is not kept from this feature.
    ///
    /// # Errors
    /// [`Error::Forbidden`] otherwise.
    pub fn require_feature(&self, feature: Feature) -> Result<()> {
        if self.0.restricted.contains(&feature) {
            return Err(Error::Forbidden);
        }
        Ok(())
    }

    /// Whom lists of users show.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the role lists nobody at all.
    pub fn listing(&self) -> Result<Circle> {
        self.require_feature(Feature::ListUsers)?;
        self.require_permission(Permission::ListUsers)?;
        Ok(Circle {
            friends_only: self.0.list_users == Some(Audience::FriendsOnly)
                || self.is_for_friends(Permission::ListUsersMode),
            roles: self.roles(Permission::ListUsersAllowedRoles),
        })
    }

    /// Whose records can be read. The setting for lists does not matter here: a user who is known by uid can be read.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the role reads nobody's.
    pub fn details(&self) -> Result<Circle> {
        self.require_feature(Feature::GetUser)?;
        self.require_permission(Permission::GetUserDetails)?;
        Ok(Circle {
            friends_only: self.is_for_friends(Permission::GetUserDetailsMode),
            roles: self.roles(Permission::GetUserDetailsAllowedRoles),
        })
    }

    /// Whether it makes a difference to this role who is a friend: then users must not make friends as they like.
    #[must_use]
    pub fn friendship_decides(&self) -> bool {
        let settings = [self.0.list_users, self.0.send_messages_to];
        let modes = [
            Permission::ListUsersMode,
            Permission::GetUserDetailsMode,
            Permission::SendMessageMode,
            Permission::InitiateCallMode,
        ];
        settings.contains(&Some(Audience::FriendsOnly)) || modes.iter().any(|&mode| self.is_for_friends(mode))
    }

    fn value(&self, permission: Permission) -> Option<&PermissionValue> {
        let mut set = self.0.permissions.iter();
        set.find(|(known, _)| *known == permission).map(|(_, value)| value)
    }

    fn require_permission(&self, permission: Permission) -> Result<()> {
        if self.value(permission) == Some(&PermissionValue::Text("deny")) {
            return Err(Error::Forbidden);
        }
        Ok(())
    }

    fn is_for_friends(&self, mode: Permission) -> bool {
        self.value(mode) == Some(&PermissionValue::Text("friends"))
    }

    fn roles(&self, permission: Permission) -> Vec<RoleId> {
        let items = self.value(permission).map_or(&[][..], PermissionValue::items);
        items.iter().map(|role| RoleId::stored(role)).collect()
    }
}

/// Whom the user who acts, if one does, may see elsewhere, in lists or one by one: to nobody else do lists of one's own
/// friends and blocked users show more than who they are.
///
/// # Errors
/// What the store says.
pub(crate) async fn sight(directory: &Directory, actor: &Actor) -> Result<Vec<Circle>> {
    let Some(viewer) = &actor.viewer else {
        return Ok(vec![Circle::EVERYBODY]);
    };
    let policy = Policy::of(directory, &actor.app, &viewer.role).await?;
    Ok([policy.listing(), policy.details()].into_iter().flatten().collect())
}

/// Goes on only if the user who acts, if one does, is not kept from this feature.
///
/// # Errors
/// [`Error::Forbidden`], or what the store says.
pub(crate) async fn require_feature(directory: &Directory, actor: &Actor, feature: Feature) -> Result<()> {
    match &actor.viewer {
        Some(viewer) => Policy::of(directory, &actor.app, &viewer.role).await?.require_feature(feature),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYBODY: Circle = Circle::EVERYBODY;
    const FRIENDS: Circle = Circle::FRIENDS;

    fn restricting(features: &[Feature]) -> Policy {
        Policy(RoleRules { restricted: features.to_vec(), ..RoleRules::default() })
    }

    fn set(permissions: &[(Permission, &str)]) -> Policy {
        let read = |&(permission, json): &(Permission, &str)| (permission, permission.value(json).ok());
        let permissions = permissions.iter().map(read);
        let permissions = permissions
            .filter_map(|(permission, value)| Some((permission, value?)))
            .collect();
        Policy(RoleRules { permissions, ..RoleRules::default() })
    }

    fn settings(list_users: Option<Audience>, send_messages_to: Option<Audience>) -> Policy {
        Policy(RoleRules { list_users, send_messages_to, ..RoleRules::default() })
    }

    #[test]
    fn a_role_that_says_nothing_allows_everything() {
        for policy in
            [Policy(RoleRules::default()), settings(Some(Audience::All), Some(Audience::All)), set(&[])]
        {
            assert_eq!((policy.listing(), policy.details()), (Ok(EVERYBODY), Ok(EVERYBODY)));
            assert!(!policy.friendship_decides());
            assert!(Feature::ALL.iter().all(|&feature| policy.require_feature(feature).is_ok()));
        }
    }

    #[test]
    fn a_restricted_feature_is_forbidden_and_no_other() {
        for &feature in Feature::ALL {
            let policy = restricting(&[feature]);
            for &other in Feature::ALL {
                assert_eq!(policy.require_feature(other).is_err(), other == feature, "{feature:?} {other:?}");
            }
            assert_eq!(policy.listing().is_err(), feature == Feature::ListUsers, "{feature:?}");
            assert_eq!(policy.details().is_err(), feature == Feature::GetUser, "{feature:?}");
        }
        assert_eq!(restricting(&[Feature::ListUsers]).listing(), Err(Error::Forbidden));
    }

    #[test]
    fn a_denied_permission_is_forbidden_and_no_other() {
        for &permission in Permission::ALL {
            let policy = set(&[(permission, r#""deny""#)]);
            let expected = if permission == Permission::ListUsers {
                Err(Error::Forbidden)
            } else {
                Ok(EVERYBODY)
            };
            assert_eq!(policy.listing(), expected, "{permission:?}");
            assert_eq!(policy.details().is_err(), permission == Permission::GetUserDetails, "{permission:?}");
        }
    }

    #[test]
    fn the_setting_narrows_lists_and_not_records() {
        let policy = settings(Some(Audience::FriendsOnly), Some(Audience::All));
        assert_eq!((policy.listing(), policy.details()), (Ok(FRIENDS), Ok(EVERYBODY)));
        let policy = settings(None, Some(Audience::FriendsOnly));
        assert_eq!((policy.listing(), policy.details()), (Ok(EVERYBODY), Ok(EVERYBODY)));
    }

    #[test]
    fn modes_and_roles_narrow_each_its_own() {
        let policy = set(&[
            (Permission::ListUsersMode, r#""friends""#),
            (Permission::ListUsersAllowedRoles, r#"["vip","staff"]"#),
        ]);
        let roles = vec![RoleId::stored("vip"), RoleId::stored("staff")];
        assert_eq!(policy.listing(), Ok(Circle { friends_only: true, roles }));
        assert_eq!(policy.details(), Ok(EVERYBODY));
        let policy = set(&[
            (Permission::GetUserDetailsMode, r#""friends""#),
            (Permission::GetUserDetailsAllowedRoles, r#"["vip"]"#),
        ]);
        let roles = vec![RoleId::stored("vip")];
        assert_eq!(policy.details(), Ok(Circle { friends_only: true, roles }));
        assert_eq!(policy.listing(), Ok(EVERYBODY));
    }

    #[test]
    fn friendship_decides_wherever_friends_are_named() {
        let modes = [
            Permission::ListUsersMode,
            Permission::GetUserDetailsMode,
            Permission::SendMessageMode,
            Permission::InitiateCallMode,
        ];
        for &permission in Permission::ALL {
            let policy = set(&[(permission, r#""friends""#)]);
            assert_eq!(policy.friendship_decides(), modes.contains(&permission), "{permission:?}");
        }
        assert!(settings(Some(Audience::FriendsOnly), None).friendship_decides());
        assert!(settings(None, Some(Audience::FriendsOnly)).friendship_decides());
    }
}
