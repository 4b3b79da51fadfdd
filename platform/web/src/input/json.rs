//! A JSON body as a value, with every name that an object gives twice. A reader that keeps the last
//! of the two and another that keeps the first, such as a proxy that looks into bodies, would see
//! different requests.

use std::fmt;

use kernel::Fault;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Map, Value};

use crate::limits;
use crate::shape::pointer;

/// Repeated names go to `faults`, each place once.
pub(super) fn read(body: &[u8], faults: &mut Vec<Fault>) -> Result<Value, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Reader { at: &At::Top, faults }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Where the reader is. Written out only when there is something to say about it.
enum At<'a> {
    Top,
    Field(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl At<'_> {
    fn pointer(&self) -> String {
        match self {
            At::Top => String::new(),
            At::Field(above, name) => pointer(&above.pointer(), name),
            At::Item(above, place) => format!("{}/{place}", above.pointer()),
        }
    }
}

struct Reader<'a> {
    at: &'a At<'a>,
    faults: &'a mut Vec<Fault>,
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_string<E>(self, it: String) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let at = At::Item(self.at, list.len());
            match items.next_element_seed(Reader { at: &at, faults: self.faults })? {
                Some(item) => list.push(item),
                None => return Ok(list.into()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let at = At::Field(self.at, &name);
            let value = fields.next_value_seed(Reader { at: &at, faults: self.faults })?;
            // Asked while the name is still ours to show.
            if object.contains_key(&name) {
                note(&at, self.faults);
            }
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

fn note(at: &At<'_>, faults: &mut Vec<Fault>) {
    if faults.len() >= limits::FAULTS_MAX {
        return;
    }
    let field = at.pointer();
    if !faults.iter().any(|fault| fault.field == field) {
        faults.push(Fault::new(field, "repeated", "May be given once."));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_name_given_twice_is_found() {
        for (body, expect) in [
            (r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}"#, &[][..]),
            (r#"{"a":1,"a":1}"#, &["/a"]),
            (r#"{"a":1,"b":2,"a":null,"a":3}"#, &["/a"]),
            (r#"{"a":1,"\u0061":2}"#, &["/a"]),
            (r#"{"a":{"b/c":1,"b/c":2},"d":[0,{"~":1,"~":2}]}"#, &["/a/b~1c", "/d/1/~0"]),
            (r#"{"a":{"b":1,"b":2},"a":3}"#, &["/a/b", "/a"]),
            (r#"{"":1,"":2}"#, &["/"]),
        ] {
            let mut faults = Vec::new();
            read(body.as_bytes(), &mut faults).unwrap();
            let found: Vec<&str> = faults.iter().map(|fault| &*fault.field).collect();
            assert_eq!(found, expect, "{body}");
        }
    }

    #[test]
    fn faults_stay_few() {
        let names: String = (0..1_000).map(|name| format!("\"{name}\":1,\"{name}\":1,")).collect();
        let mut faults = Vec::new();
        read(format!("{{{names}\"x\":1}}").as_bytes(), &mut faults).unwrap();
        assert_eq!(faults.len(), limits::FAULTS_MAX);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("\\PC{0,4}", inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_repeats_nothing_is_read_as_ever(value in any_value()) {
            let text = value.to_string();
            let mut faults = Vec::new();
            let found = read(text.as_bytes(), &mut faults).unwrap();
            prop_assert_eq!(found, serde_json::from_str::<Value>(&text).unwrap());
            prop_assert!(faults.is_empty());
        }
    }
}
