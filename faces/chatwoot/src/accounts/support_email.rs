//! Addresses that mail comes from: a bare one, or one with a name before it.

use rollcall_model::Email;

/// Whether it is `help@shop.test`, `Shop <help@shop.test>` or `"The Shop" <help@shop.test>`.
pub(super) fn is_address(text: &str) -> bool {
    let text = text.trim();
    let address = match text.strip_suffix('>') {
        Some(rest) => match rest.rsplit_once('<') {
            Some((name, address)) if is_name(name.trim()) => address,
            Some(_) | None => return false,
        },
        None => text,
    };
    let odd = |c: char| matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')');
    !address.contains(odd) && Email::parse(address).is_ok()
}

/// Nothing, words, or anything within quotation marks.
fn is_name(name: &str) -> bool {
    let quoted = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let odd = |c: char| matches!(c, '<' | '>' | ',' | ';' | '@' | ':');
    let plain = quoted.is_some() || !name.contains(odd);
    plain && !quoted.unwrap_or(name).contains(|c: char| c == '"' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_stand_before_the_address() {
        for good in [
            "help@shop.test",
            " help@shop.test ",
            "<help@shop.test>",
            "Shop <help@shop.test>",
            "Søren's Shop <help@shop.test>",
            "\"Shop, the: @home\" <help@shop.test>",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "help",
            "help@",
            "@shop.test",
            "a b@shop.test",
            "a@b@c",
            "Shop help@shop.test",
            "Shop <help>",
            "Shop <help@shop.test",
            "help@shop.test>",
            "a@shop.test, b@shop.test",
            "a@shop.test,b@shop.test",
            "Shop, Inc <help@shop.test>",
            "<a@shop.test> <b@shop.test>",
            "\"Shop <help@shop.test>",
            "Shop\n <help@shop.test>\nBcc: <x@y.test>",
            "\"Shop\r\nBcc: x\" <help@shop.test>",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }
}
