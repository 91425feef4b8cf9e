//! Features that a role's users cannot use.

use rollcall_model::{AppId, Feature, Listing, Millis, Page, RestrictedFeature, RoleId};

use crate::sql::statements;
use crate::{Error, Result, Row, Tx};

statements! {
    RESTRICT = "
        insert into restricted_features (app, role, feature, created_at) values ($1, $2, $3, $4)
        on conflict do nothing
        returning feature";
    COUNT = "select count(*) from restricted_features where app = $1 and role = $2";
    LIST = "
        select feature, created_at
        from restricted_features
        where app = $1 and role = $2
        order by created_at / 1000 desc, feature
        limit cast($3 as bigint) offset cast($4 as bigint)";
    ALLOW = "delete from restricted_features where app = $1 and role = $2 and feature = $3 returning feature";
    ALLOW_ALL = "delete from restricted_features where app = $1 and role = $2 returning feature";
}

pub(crate) fn feature(text: &str) -> Result<Feature> {
    Feature::parse(text).ok_or_else(|| Error::Broken(format!("unknown feature {text}")))
}

fn from_row(row: &Row<'_>) -> Result<RestrictedFeature> {
    Ok(RestrictedFeature {
        feature: feature(row.text(0)?)?,
        created_at: Millis(row.int(1)?),
    })
}

/// Restricts a feature for a role that is there. Answers whether it was free until now.
///
/// # Errors
/// What the engine says.
pub fn restrict(tx: &mut Tx<'_>, app: &AppId, role: &RoleId, feature: Feature, now: Millis) -> Result<bool> {
    let params = [app.as_str().into(), role.as_str().into(), feature.as_str().into(), now.0.into()];
    Ok(tx.opt(&RESTRICT, &params, |_| Ok(()))?.is_some())
}

/// One page of what is restricted for a role, newest first and by name within one second.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, role: &RoleId, page: Page) -> Result<Listing<RestrictedFeature>> {
    let total = tx.row(&COUNT, &[app.as_str().into(), role.as_str().into()], |row| row.int(0))?;
    let params = [app.as_str().into(), role.as_str().into(), page.size.into(), page.offset().into()];
    Ok(Listing { items: tx.query(&LIST, &params, from_row)?, total })
}

/// Allows a feature to a role again. Answers whether it was restricted.
///
/// # Errors
/// What the engine says.
pub fn allow(tx: &mut Tx<'_>, app: &AppId, role: &RoleId, feature: Feature) -> Result<bool> {
    let params = [app.as_str().into(), role.as_str().into(), feature.as_str().into()];
    Ok(tx.opt(&ALLOW, &params, |_| Ok(()))?.is_some())
}

/// Allows everything to a role again. Answers what was restricted, in the order of the names.
///
/// # Errors
/// What the engine says.
pub fn allow_all(tx: &mut Tx<'_>, app: &AppId, role: &RoleId) -> Result<Vec<Feature>> {
    let params = [app.as_str().into(), role.as_str().into()];
    let mut features = tx.query(&ALLOW_ALL, &params, |row| feature(row.text(0)?))?;
    features.sort_unstable();
    Ok(features)
}
