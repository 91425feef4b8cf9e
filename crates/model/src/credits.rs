//! Credits (Klaim): balances and the ledger of their changes. Exact to the hundredth: no floating point anywhere.

use std::fmt;

use crate::Millis;

/// Decimals that an amount may have.
const DECIMALS: i64 = 2;
/// Most significant digits of an amount in hundredths.
const DIGITS: usize = 15;

/// An amount of credits, in hundredths: 4050 is 40.5 credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credits(pub i64);

/// Why a text is no amount of credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCredits {
    /// Not a number as JSON writes it.
    #[error("is not a number")]
    Syntax,
    /// Hundredths do not suffice for its value.
    #[error("has more than {DECIMALS} decimals")]
    TooPrecise,
    /// Larger than [`Credits::MAX`], either way.
    #[error("is larger than {}", Credits::MAX)]
    TooLarge,
}

impl Credits {
    /// The largest balance and the largest change, either way: 15 digits, as many as a client that knows only doubles
    /// can read and write again.
    pub const MAX: Self = Self(999_999_999_999_999);

    /// Reads a number as JSON writes it: `40`, `-0.50`, `4e1`. What counts is the value: `40.500` has one decimal.
    ///
    /// # Errors
    /// [`BadCredits`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BadCredits> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        if !are_digits(whole) || whole.len() > 1 && whole.starts_with('0') || !are_digits(fraction) {
            return Err(BadCredits::Syntax);
        }
        let exponent = read_exponent(exponent)?;
        let digits = [whole, fraction].concat();
        let significant = digits.trim_end_matches('0');
        let trailing = digits.len() - significant.len();
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Ok(Self(0));
        }
        // The value in hundredths is `significant` with so many zeros behind it.
        let zeros = exponent.saturating_add(DECIMALS + length(trailing) - length(fraction.len()));
        let zeros = usize::try_from(zeros).map_err(|_| BadCredits::TooPrecise)?;
        if zeros.saturating_add(significant.len()) > DIGITS {
            return Err(BadCredits::TooLarge);
        }
        let hundredths: i64 = [significant, &"0".repeat(zeros)]
            .concat()
            .parse()
            .map_err(|_| BadCredits::Syntax)?;
        Ok(Self(if negative { -hundredths } else { hundredths }))
    }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An exponent; one that fits into no integer as the nearest that does.
fn read_exponent(text: &str) -> Result<i64, BadCredits> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !are_digits(digits) {
        return Err(BadCredits::Syntax);
    }
    Ok(sign * digits.parse().unwrap_or(i64::MAX))
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The shortest number that JSON has for it: `40`, `40.5`, `-0.25`.
impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        match (rest / 10, rest % 10) {
            (0, 0) => write!(f, "{sign}{whole}"),
            (tenths, 0) => write!(f, "{sign}{whole}.{tenths}"),
            (tenths, rest) => write!(f, "{sign}{whole}.{tenths}{rest}"),
        }
    }
}

/// A change of a balance that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCreditChange {
    /// By how much.
    pub delta: Credits,
    /// The reason, for people.
    pub description: Option<String>,
}

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditChange {
    /// Its number, unique in the installation; later ones of the same user are higher.
    pub id: i64,
    /// By how much the balance changed.
    pub delta: Credits,
    /// The balance after it.
    pub balance: Credits,
    /// The reason, for people.
    pub description: Option<String>,
    /// When.
    pub at: Millis,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        for (text, hundredths) in [
            ("0", 0),
            ("-0", 0),
            ("0.00", 0),
            ("0e999999999999999999999", 0),
            ("40", 4000),
            ("40.5", 4050),
            ("40.25", 4025),
            ("-0.01", -1),
            ("40.500", 4050),
            ("40.25000000000000000000000000000", 4025),
            ("4e1", 4000),
            ("4E+1", 4000),
            ("4025e-2", 4025),
            ("402500e-4", 4025),
            ("0.4025e2", 4025),
            ("0.0000001e7", 100),
            ("1e-2", 1),
            ("0.29", 29),
            ("1.15", 115),
            ("9999999999999.99", 999_999_999_999_999),
            ("-9999999999999.99", -999_999_999_999_999),
            ("0.00000000000099999999999999900e25", 999_999_999_999_999),
        ] {
            assert_eq!(Credits::parse(text), Ok(Credits(hundredths)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_told() {
        for text in [
            "", "-", "+1", ".5", "5.", "1e", "1e+", "01", "1 ", " 1", "1,5", "0x1", "NaN", "1e1.0", "--1",
            "٣", "1_0", "null", "\"1\"", "true", "1e-", "1ee1",
        ] {
            assert_eq!(Credits::parse(text), Err(BadCredits::Syntax), "{text:?}");
        }
        let huge = format!("1{}", "0".repeat(100_000));
        let tiny = format!("0.{}1", "0".repeat(100_000));
        for text in ["0.001", "40.255", "-0.005", "1e-3", "1e-99999999999999999999", "12345e-3", &tiny] {
            assert_eq!(Credits::parse(text), Err(BadCredits::TooPrecise), "{text:.30}");
        }
        for text in ["10000000000000", "-10000000000000", "1e13", "1e99999999999999999999", "1e308", &huge] {
            assert_eq!(Credits::parse(text), Err(BadCredits::TooLarge), "{text:.30}");
        }
    }

    #[test]
    fn amounts_are_written_as_short_as_json_allows() {
        for (hundredths, text) in [
            (0, "0"),
            (4000, "40"),
            (4050, "40.5"),
            (4025, "40.25"),
            (5, "0.05"),
            (-50, "-0.5"),
            (-1, "-0.01"),
            (100, "1"),
            (Credits::MAX.0, "9999999999999.99"),
        ] {
            assert_eq!(Credits(hundredths).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(hundredths in -Credits::MAX.0..=Credits::MAX.0) {
            let text = Credits(hundredths).to_string();
            prop_assert_eq!(Credits::parse(&text), Ok(Credits(hundredths)));
            // As a client would that knows only doubles.
            let double: f64 = text.parse().unwrap();
            prop_assert_eq!(double.to_string(), text);
        }

        #[test]
        fn no_text_makes_reading_panic(text in "-?[0-9]{0,20}(\\.[0-9]{0,20})?([eE][-+]?[0-9]{0,25})?") {
            if let Ok(Credits(hundredths)) = Credits::parse(&text) {
                prop_assert!(hundredths.abs() <= Credits::MAX.0);
                // The largest differ by less than a hundredth from the double that is nearest.
                let double: f64 = text.parse().unwrap();
                prop_assert!((double * 100.0 - hundredths as f64).abs() < 1.0);
            }
        }
    }
}
