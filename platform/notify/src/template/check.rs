//! Whether every text exists in every language and speaks of the same things.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use super::Texts;

/// Variables of each part of each template: its text, and its attributes.
pub(super) type Parts = BTreeMap<String, BTreeSet<String>>;

pub(super) fn faults(all: &BTreeMap<String, BTreeMap<String, Texts>>) -> Vec<String> {
    let mut faults = Vec::new();
    let apps: BTreeSet<&String> = all.values().flat_map(BTreeMap::keys).collect();
    for app in apps {
        let nothing = Parts::new();
        let by_language: BTreeMap<&String, &Parts> = all
            .iter()
            .map(|(language, apps)| (language, apps.get(app).map_or(&nothing, |texts| &texts.parts)))
            .collect();
        let every: BTreeSet<&String> = by_language.values().flat_map(|parts| parts.keys()).collect();
        for part in every {
            let mut said: BTreeMap<&BTreeSet<String>, &String> = BTreeMap::new();
            for (language, parts) in &by_language {
                match parts.get(part) {
                    None => faults.push(format!("{app}.{part} is missing in {language}")),
                    Some(variables) => {
                        said.insert(variables, language);
                    }
                }
            }
            if said.len() > 1 {
                let all: Vec<String> =
                    said.iter().map(|(names, language)| format!("{names:?} in {language}")).collect();
                faults.push(format!("{app}.{part} speaks of {}", all.join(", of ")));
            }
        }
    }
    faults
}

pub(super) fn parts_in(resource: &FluentResource) -> Parts {
    let mut parts = Parts::new();
    for entry in resource.entries() {
        let Entry::Message(message) = entry else { continue };
        let values = message.value.iter().map(|pattern| (message.id.name.to_owned(), pattern));
        let attributes = message.attributes.iter();
        let attributes = attributes.map(|it| (format!("{}.{}", message.id.name, it.id.name), &it.value));
        for (name, pattern) in values.chain(attributes) {
            let names = parts.entry(name).or_default();
            in_pattern(pattern, names);
        }
    }
    parts
}

fn in_pattern(pattern: &Pattern<&str>, names: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            in_expression(expression, names);
        }
    }
}

fn in_expression(expression: &Expression<&str>, names: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => in_inline(inline, names),
        Expression::Select { selector, variants } => {
            in_inline(selector, names);
            variants.iter().for_each(|variant| in_pattern(&variant.value, names));
        }
    }
}

fn in_inline(inline: &InlineExpression<&str>, names: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            names.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            arguments.positional.iter().for_each(|it| in_inline(it, names));
        }
        InlineExpression::Placeable { expression } => in_expression(expression, names),
        _ => {}
    }
}
