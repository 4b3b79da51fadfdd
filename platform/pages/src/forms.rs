//! What forms have in common: their key, what was typed, and faults in words.

use http::StatusCode;
use kernel::Refusal;
use web::{Call, Fields};

use crate::limits::FIELD_BYTES_MAX;
use crate::refusal;
use crate::visit::Visit;

/// A key for a form: sent twice, it is done once.
pub fn fresh(call: &Call) -> String {
    let mut bytes = [0; 16];
    call.world.random.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All that was typed, which makes two sendings the same.
pub fn parts(fields: &Fields) -> Vec<Vec<u8>> {
    let typed = fields.0.iter().filter(|field| field.file.is_none());
    typed.map(|field| [field.name.as_bytes(), b"=", &field.bytes].concat()).collect()
}

/// What was typed into a field, no longer than any field may be.
pub fn typed<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let text = fields.text(name).unwrap_or_default();
    let mut end = text.len().min(FIELD_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The fields that are wrong, by the ids they have on the page, with what is wrong in words. `field` knows
/// which id belongs to a pointer into what was sent.
pub fn faults(visit: &Visit, refused: &Refusal, field: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let mut faults: Vec<(String, String)> = Vec::new();
    for fault in refused.faults() {
        let field = field(&fault.field);
        if !faults.iter().any(|(its, _)| *its == field) {
            faults.push((field, refusal::fault(visit.lang, fault.code)));
        }
    }
    if faults.is_empty() {
        faults.push((String::new(), refusal::text(visit.lang, refused, StatusCode::BAD_REQUEST)));
    }
    faults
}
