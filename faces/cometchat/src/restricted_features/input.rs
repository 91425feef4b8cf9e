//! Bodies about restricted features, checked (reference §5.6).

use rollcall_directory::restricted_features::Allowed;
use rollcall_model::Feature;

use crate::fault::Fault;
use crate::form::{Form, Given, says};

/// Most features in one call; there are 44.
const MAX_FEATURES: usize = 100;

/// The body of a restriction: each name once, in the order given, with the feature that it names if there is one.
pub(super) fn to_restrict(mut form: Form<'_>) -> Result<Vec<(String, Option<Feature>)>, Fault> {
    let names = names(&mut form, "featuresToRestrict");
    form.finish()?;
    let mut asked: Vec<(String, Option<Feature>)> = Vec::with_capacity(names.len());
    for name in names {
        let feature = Feature::parse(&name);
        let again = |(known, other): &(String, Option<Feature>)| match feature {
            Some(_) => *other == feature,
            None => *known == name,
        };
        if !asked.iter().any(again) {
            asked.push((name, feature));
        }
    }
    Ok(asked)
}

/// The body of an allowance. When all are to be allowed, it does not matter which are named beside that.
pub(super) fn to_allow(mut form: Form<'_>) -> Result<Allowed, Fault> {
    if form.flag("allowAll") {
        form.finish()?;
        return Ok(Allowed::All);
    }
    let mut features = Vec::new();
    for (position, name) in names(&mut form, "featuresToAllow").iter().enumerate() {
        match Feature::parse(name) {
            Some(feature) => features.push(feature),
            None => {
                let path = format!("featuresToAllow.{position}");
                form.refuse(path.clone(), says::selected(&path));
            }
        }
    }
    form.finish()?;
    Ok(Allowed::Some(features))
}

fn names(form: &mut Form<'_>, field: &str) -> Vec<String> {
    // Longer than any name is merely unknown; the body's own limit is limit enough.
    match form.texts(field, MAX_FEATURES, usize::MAX) {
        Given::Value(names) if !names.is_empty() => names,
        Given::Wrong => Vec::new(),
        Given::Value(_) | Given::Absent | Given::Blank => {
            form.refuse(field, says::required(field));
            Vec::new()
        }
    }
}
