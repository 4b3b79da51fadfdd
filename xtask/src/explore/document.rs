//! The document narrowed to one market: its two parameters become part of the server's address, or
//! the fuzzer would spend its requests on markets that do not exist.

use serde_json::{Map, Value, json};

use crate::step::Outcome;

const PREFIX: &str = "/{tenant}/{market}";

pub fn narrowed(mut document: Value, base: &str) -> Outcome<Value> {
    let paths = document["paths"].as_object().ok_or("the document has no paths")?;
    let mut narrow = Map::new();
    for (path, item) in paths {
        let rest = path.strip_prefix(PREFIX).ok_or_else(|| format!("{path} belongs to no market"))?;
        let mut item = item.clone();
        if let Some(item) = item.as_object_mut() {
            item.remove("parameters");
        }
        narrow.insert(rest.to_owned(), item);
    }
    document["paths"] = Value::Object(narrow);
    document["servers"] = json!([{"url": base}]);
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_market_goes_into_the_address() {
        let wide = json!({"servers": [{"url": "/"}], "paths": {
            "/{tenant}/{market}/v1/me": {"parameters": [1, 2], "get": {"operationId": "me"}},
        }});
        let narrow = narrowed(wide, "http://localhost:1/a/b").unwrap();
        assert_eq!(narrow["paths"], json!({"/v1/me": {"get": {"operationId": "me"}}}));
        assert_eq!(narrow["servers"][0]["url"], "http://localhost:1/a/b");
    }

    #[test]
    fn a_path_outside_of_markets_is_not_passed_over() {
        assert!(narrowed(json!({"paths": {"/v1/me": {}}}), "").unwrap_err().contains("/v1/me"));
    }
}
