use std::sync::Arc;

use kernel::SystemRandom;
use media::{Media, Purpose, Secret, Settings};
use serde_json::{Value, json};
use web::Caller;

use super::{PRODUCTS, PROOFS, STORES};
use crate::Catalogue;
use crate::testing::{World, codes, faults, rand};

async fn stores_and_products_show_pictures(world: World) {
    let folder = testkit::folder();
    let settings = Settings { purposes: vec![STORES, PRODUCTS], ..Settings::in_folder(folder.path()) };
    let secret = Secret::new(&[7; 32]).unwrap();
    let media = Media::start(secret, world.clock.clone(), Arc::new(SystemRandom), settings).unwrap();
    let catalogue = Catalogue::new(Some(media.clone()));
    let endpoints = crate::catalogue_endpoints(&catalogue);
    let provider = world.merchant("Mama's").await.to_string();
    let ask = async |name: &str, store: &str, product: &str, body: Option<Value>| {
        let path = [("provider", provider.as_str()), ("store", store), ("product", product)];
        world.ask(&endpoints, name, &path, "", body).await
    };
    let id = |answer: Value| answer["id"].as_str().unwrap().to_owned();
    let store = json!({
        "name": "Mama's", "kind": "food", "point": {"lat": -26.2, "long": 28.0},
        "address": "1 Long Street", "prepares_min": 20,
    });
    let store = id(ask("store_add", "", "", Some(store)).await.unwrap());
    let product = json!({"name": "Bread", "section": "All", "price": rand(900), "vat_bp": 0});
    let product = id(ask("product_add", &store, "", Some(product)).await.unwrap());
    let ticket = |purpose: Purpose| {
        let ticket = media.ticket(&world.ctx(), purpose, 20_000).unwrap();
        json!({"ticket": media.ticket_text(&world.market, &ticket)})
    };
    for (set, purpose, other) in
        [("store_photo_set", STORES, PRODUCTS), ("product_photo_set", PRODUCTS, STORES)]
    {
        let first = ticket(purpose);
        for (body, has) in [(first.clone(), true), (first, true), (ticket(purpose), true), (json!({}), false)]
        {
            let answer = ask(set, &store, &product, Some(body)).await.unwrap();
            assert_eq!(answer["has_photo"], has, "{set}");
        }
        let refusal = ask(set, &store, &product, Some(ticket(other))).await.unwrap_err();
        assert_eq!(faults(&refusal), [("/ticket/0", "wrong_purpose")]);
    }
    ask("product_photo_set", &store, &product, Some(ticket(PRODUCTS))).await.unwrap();
    // Until it has been looked at nobody is shown it.
    let menu = ask("menu_read", &store, "", None).await.unwrap();
    assert_eq!(menu["sections"][0]["products"][0]["photo"], Value::Null);
    ask("product_remove", &store, &product, None).await.unwrap();
    let left = media::upload::repo::of_subject(
        &world.market,
        PRODUCTS.name,
        product.parse::<crate::product::ProductId>().unwrap().raw(),
    );
    assert!(left.await.unwrap().is_empty(), "its picture has gone with it");
}

/// Who says that a picture was taken shows it: whole, sent for this, and not of another door.
async fn a_proof_is_a_picture_that_is_here(world: World) {
    let folder = testkit::folder();
    let settings = Settings { purposes: vec![STORES, PROOFS], ..Settings::in_folder(folder.path()) };
    let secret = Secret::new(&[7; 32]).unwrap();
    let media = Media::start(secret, world.clock.clone(), Arc::new(SystemRandom), settings).unwrap();
    let ticket = |purpose: Purpose| media.ticket(&world.ctx(), purpose, 20_000).unwrap();
    let text = |ticket| media.ticket_text(&world.market, ticket);
    let shown = async |order, text: &str| {
        super::proof(Some(&media), &world.call(Caller::anonymous()), order, text).await
    };
    let (proof, other) = (ticket(PROOFS), ticket(STORES));
    for (sent, code) in
        [("anything".to_owned(), "bad_ticket"), (text(&other), "wrong_purpose"), (text(&proof), "not_sent")]
    {
        assert_eq!(codes(&shown(1, &sent).await.unwrap_err()), [code]);
    }
    let nowhere = super::proof(None, &world.call(Caller::anonymous()), 1, "any").await.unwrap_err();
    assert_eq!(codes(&nowhere), ["no_pictures"]);

    let half = media.append(&world.market, world.stamp(), &proof, 0, vec![7; 16_384].into()).await.unwrap();
    assert_eq!(codes(&shown(1, &text(&proof)).await.unwrap_err()), ["not_sent"]);
    media.append(&world.market, world.stamp(), &proof, half, vec![7; 3_616].into()).await.unwrap();
    let (attached, id) = shown(1, &text(&proof)).await.unwrap();
    world.commit(attached).await.unwrap();
    assert_eq!(id, proof.id.to_string());
    assert_eq!(shown(1, &text(&proof)).await.unwrap().1, id, "said twice it is the same");
    assert_eq!(codes(&shown(2, &text(&proof)).await.unwrap_err()), ["picture_taken"]);
}

crate::testing::on_both_engines!(stores_and_products_show_pictures, a_proof_is_a_picture_that_is_here);
