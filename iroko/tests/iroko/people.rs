//! People of the tests, and how they sign in.

use serde_json::{Value, json};

use crate::client::Client;
use crate::world::World;

pub const PASSWORD: &str = "a long enough secret";

/// Signed in at a market, `/tenant/market`.
pub fn sign_in(client: &Client, base: &str, email: &str) -> Value {
    client.post(&format!("{base}/v1/sign-in"), &json!({ "contact": email, "password": PASSWORD })).expect(200)
}

pub fn token(signed: &Value) -> &str {
    signed["access_token"].as_str().expect("signing in gives a token")
}

/// A client that acts as this person.
pub fn client_of(world: &World, base: &str, email: &str) -> Client {
    let client = world.client();
    client.with(token(&sign_in(&client, base, email)))
}

pub fn report(description: &str, lat: f64, long: f64) -> Value {
    json!({ "category": "pothole", "description": description, "place": { "lat": lat, "long": long } })
}

/// A report's answer as everyone sees the request: without the reporter's secret.
pub fn public(mut made: Value) -> Value {
    made.as_object_mut().and_then(|made| made.remove("secret")).expect("a report is answered with a secret");
    made
}

pub fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("no id in {answer}")).to_owned()
}
