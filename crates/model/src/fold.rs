//! How texts are compared when case must not matter.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;

/// The form of `text` under which it is searched: full Unicode case
/// folding, then canonical composition, so that `STRASSE` meets `straße` and `é` meets `e` + accent.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded = CaseMapper::new().fold_string(text);
    ComposingNormalizer::new_nfc().normalize(&folded).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_composition_do_not_matter() {
        assert_eq!(fold("Mira KOVAČ"), fold("mira kovač"));
        assert_eq!(fold("STRASSE"), fold("straße"));
        assert_eq!(fold("e\u{301}cole"), fold("École"));
        assert_eq!(fold("ΜΆΪΟΣ"), fold("μάϊος"));
        assert_ne!(fold("Mira"), fold("Mara"));
    }

    proptest! {
        #[test]
        fn ascii_takes_the_same_form_on_both_paths(text in "[ -~]{0,40}") {
            let folded = CaseMapper::new().fold_string(&text);
            prop_assert_eq!(fold(&text), folded.as_ref());
        }
    }
}
