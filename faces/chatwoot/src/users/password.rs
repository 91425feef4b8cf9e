//! The rules for passwords (reference §7).

/// Fewest and most characters.
const LENGTH: std::ops::RangeInclusive<usize> = 6..=128;

/// The special characters, in the order in which they are told.
const SPECIAL: &str = " !@#$%^&*()_+-=[]{}|\"/\\.,`<>:;?~'";

/// The sentences that say what is wrong with a password, in their order; none when it will do.
pub(super) fn faults(password: &str) -> Vec<String> {
    let length = password.chars().count();
    let lacks = |is_one: fn(char) -> bool| !password.contains(is_one);
    let mut faults = Vec::new();
    if length < *LENGTH.start() {
        faults.push(format!("Password must contain at least {} characters", LENGTH.start()));
    }
    if length > *LENGTH.end() {
        faults.push(format!("Password must contain less than {} characters", LENGTH.end()));
    }
    for (is_missing, what) in [
        (lacks(is_upper), "uppercase character  (A..Z)"),
        (lacks(is_lower), "lowercase character  (a..z)"),
        (lacks(is_digit), "number character  (0..9)"),
    ] {
        if is_missing {
            faults.push(format!("Password must contain at least 1 {what}"));
        }
    }
    if lacks(is_special) {
        faults.push(format!("Password must contain at least 1 special character  ({SPECIAL})"));
    }
    faults.extend(foreign(password));
    faults
}

/// The sentence about characters of no set: each occurrence counts, each character is shown once.
fn foreign(password: &str) -> Option<String> {
    let is_foreign = |c: &char| !(is_upper(*c) || is_lower(*c) || is_digit(*c) || is_special(*c));
    let count = password.chars().filter(is_foreign).count();
    let mut shown = String::new();
    for character in password.chars().filter(is_foreign) {
        if !shown.contains(character) {
            shown.push(character);
        }
    }
    let plural = if count == 1 { "" } else { "s" };
    (count > 0).then(|| format!("Password contains {count} invalid character{plural} ({shown})"))
}

fn is_upper(character: char) -> bool {
    character.is_ascii_uppercase()
}

fn is_lower(character: char) -> bool {
    character.is_ascii_lowercase()
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

fn is_special(character: char) -> bool {
    SPECIAL.contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &str = "Password must contain at least 6 characters";
    const LONG: &str = "Password must contain less than 128 characters";
    const UPPER: &str = "Password must contain at least 1 uppercase character  (A..Z)";
    const LOWER: &str = "Password must contain at least 1 lowercase character  (a..z)";
    const DIGIT: &str = "Password must contain at least 1 number character  (0..9)";
    const NO_SPECIAL: &str =
        "Password must contain at least 1 special character  ( !@#$%^&*()_+-=[]{}|\"/\\.,`<>:;?~')";

    #[test]
    fn every_fault_has_its_sentence() {
        let long = format!("Aa1!{}", "x".repeat(125));
        for (password, expected) in [
            ("Aa1!xx", [].as_slice()),
            (&long[..128], &[]),
            (&long, &[LONG]),
            ("Aa1!x", &[SHORT]),
            ("", &[SHORT, UPPER, LOWER, DIGIT, NO_SPECIAL]),
            ("aa1!xx", &[UPPER]),
            ("AA1!XX", &[LOWER]),
            ("Aaa!xx", &[DIGIT]),
            ("Aa1xxx", &[NO_SPECIAL]),
            ("Aa1 xx", &[]),
            ("ÀÉ٣…xx", &[UPPER, DIGIT, NO_SPECIAL, "Password contains 4 invalid characters (ÀÉ٣…)"]),
            ("Aa1!xé", &["Password contains 1 invalid character (é)"]),
            ("Aa1!éüé", &["Password contains 3 invalid characters (éü)"]),
            ("Aa1!x\t", &["Password contains 1 invalid character (\t)"]),
            ("Aa1!😀", &[SHORT, "Password contains 1 invalid character (😀)"]),
        ] {
            assert_eq!(faults(password), expected, "{password:?}");
        }
    }

    #[test]
    fn every_special_character_is_one() {
        for special in SPECIAL.chars() {
            assert!(faults(&format!("Aa1xx{special}")).is_empty(), "{special}");
        }
    }
}
