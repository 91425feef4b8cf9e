//! What an update does to one field: absent, null and a value are three different things.

/// The change of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field stays as it is.
    #[default]
    Keep,
    /// The field loses its value.
    Clear,
    /// The field gets this value.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether the field is to change at all.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !matches!(self, Self::Keep)
    }

    /// The new value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// As [`Patch::apply`], for what is only looked at: copies no more than what comes out.
    #[must_use]
    pub fn of(&self, before: Option<&T>) -> Option<T>
    where
        T: Clone,
    {
        match self {
            Self::Keep => before.cloned(),
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }

    /// What the field holds after the change.
    pub fn apply(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

/// The names of those fields that change, comma separated.
pub(crate) fn changed_fields(changes: &[(bool, &str)]) -> String {
    let names: Vec<&str> = changes.iter().filter(|(changed, _)| *changed).map(|(_, name)| *name).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn patch() -> impl Strategy<Value = Patch<u8>> {
        prop_oneof![Just(Patch::Keep), Just(Patch::Clear), any::<u8>().prop_map(Patch::Set)]
    }

    proptest! {
        #[test]
        fn keep_changes_nothing(before in any::<Option<u8>>()) {
            prop_assert_eq!(Patch::Keep.apply(before), before);
        }

        #[test]
        fn looking_is_applying(before in any::<Option<u8>>(), change in patch()) {
            prop_assert_eq!(change.of(before.as_ref()), change.apply(before));
        }

        #[test]
        fn applying_twice_is_applying_once(before in any::<Option<u8>>(), change in patch()) {
            let once = change.clone().apply(before);
            prop_assert_eq!(change.apply(once), once);
        }

        #[test]
        fn a_change_does_not_depend_on_what_was(a in any::<Option<u8>>(), b in any::<Option<u8>>(), change in patch()) {
            if change.is_change() {
                prop_assert_eq!(change.clone().apply(a), change.clone().apply(b));
                prop_assert_eq!(change.clone().apply(a), change.value().copied());
            }
        }
    }
}
