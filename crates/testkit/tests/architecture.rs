//! The arrows of the house: which crate may know which. `docs/ARCHITECTURE.md` draws them.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each crate of ours may depend on, beside crates that are not ours.
fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    const FACE: &[&str] = &["rollcall-model", "rollcall-directory", "rollcall-http", "rollcall-outbound"];
    BTreeMap::from([
        ("rollcall-model", &[] as &[_]),
        ("rollcall-store", &["rollcall-model"]),
        ("rollcall-directory", &["rollcall-model", "rollcall-store"]),
        ("rollcall-http", &[]),
        ("rollcall-outbound", &[]),
        ("rollcall-face-chatwoot", FACE),
        ("rollcall-face-cometchat", FACE),
        ("rollcall-face-klaim", FACE),
        (
            "rollcall",
            &[
                "rollcall-model",
                "rollcall-store",
                "rollcall-directory",
                "rollcall-http",
                "rollcall-outbound",
                "rollcall-face-chatwoot",
                "rollcall-face-cometchat",
                "rollcall-face-klaim",
            ],
        ),
        (
            "rollcall-testkit",
            &["rollcall-model", "rollcall-store", "rollcall-directory", "rollcall-http"],
        ),
        ("rollcall-bench", &[]),
    ])
}

#[test]
fn every_arrow_is_allowed() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let allowed = allowed();
    let ours: Vec<_> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(ours.len(), allowed.len(), "every crate of ours has its line in allowed(): {ours:?}");
    for package in &metadata.packages {
        let may = allowed[package.name.as_str()];
        let dependencies = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
        for dependency in dependencies.filter(|d| ours.contains(&d.name.as_str())) {
            assert!(
                may.contains(&dependency.name.as_str()),
                "{} may not know {}",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn engines_are_known_to_the_store_alone() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    for package in &metadata.packages {
        let test_tool = ["rollcall-testkit", "rollcall-bench"].contains(&package.name.as_str());
        for dependency in package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development) {
            let engine = ["rusqlite", "tokio-postgres"].contains(&dependency.name.as_str());
            assert!(
                !engine || test_tool || package.name.as_str() == "rollcall-store",
                "{} may not know {}",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn the_model_does_no_input_or_output() {
    const PURE: [&str; 6] = ["icu_casemap", "icu_normalizer", "memchr", "serde", "serde_json", "thiserror"];
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let model = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == "rollcall-model")
        .unwrap();
    for dependency in model.dependencies.iter().filter(|d| d.kind != DependencyKind::Development) {
        assert!(PURE.contains(&dependency.name.as_str()), "the model may not know {}", dependency.name);
    }
}
