//! E.164: a plus sign, the calling code, the national number, 8 to 15 digits in all.

use tenancy::Country;

const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

pub fn normal(text: &str, country: Option<Country>) -> Option<String> {
    let (abroad, rest) = match text.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.len() > 40 {
        return None;
    }
    let mut digits = String::with_capacity(16);
    for letter in rest.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            ' ' | '-' | '.' | '(' | ')' | '/' => {}
            _ => return None,
        }
    }
    let whole = if abroad {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else {
        let country = country?;
        let national = match country.trunk {
            "" => digits.as_str(),
            trunk => digits.strip_prefix(trunk).unwrap_or(&digits),
        };
        // Fewer digits are a short code or a slip.
        if national.len() < 6 {
            return None;
        }
        format!("{}{national}", country.calling)
    };
    (DIGITS.contains(&whole.len()) && !whole.starts_with('0')).then(|| format!("+{whole}"))
}
