use serde_json::json;
use web::Caller;

use crate::world::{HERE, World, code_of, text};

testkit::on_both_engines! {
    signing_up_and_in_by_code,
    nobody_registers_with_a_role,
    nobody_learns_who_has_an_account,
    a_code_is_good_once_for_ten_minutes_and_five_guesses,
    few_codes_are_sent,
    without_a_channel_it_is_said,
}

async fn signing_up_and_in_by_code(world: World) {
    let asked =
        world.ask("sign_up", json!({"contact": "0911 23 45 67", "name": "Sara", "language": "am"})).await;
    let code = text(&asked.unwrap(), "code");
    let digits = world.digits("+251911234567").await.unwrap();
    let tokens =
        world.ask("sign_in", json!({"code": code, "digits": digits, "device": "phone"})).await.unwrap();
    let access = text(&tokens, "access_token");
    let me = world.with(&access, "get_me", json!({})).await.unwrap();
    assert_eq!((text(&me, "name").as_str(), me["contacts"][0].as_str()), ("Sara", Some("+251911234567")));
    assert_eq!(me["roles"], json!([]), "registering gives no role");
    let edited = world.with(&access, "edit_me", json!({"name": "Sara B.", "language": "en"})).await.unwrap();
    assert_eq!(text(&edited, "language"), "en");
    let refusal = world.with(&access, "edit_me", json!({"name": " ", "language": "xx"})).await.unwrap_err();
    assert_eq!(refusal.faults().len(), 2);
    // Signing up again changes nothing of what is there.
    let again = json!({"contact": "+251911234567", "name": "Mallory", "password": "long enough"});
    let code = text(&world.ask("sign_up", again).await.unwrap(), "code");
    let digits = world.digits("+251911234567").await.unwrap();
    let tokens = world.ask("sign_in", json!({"code": code, "digits": digits})).await.unwrap();
    let me = world.with(&text(&tokens, "access_token"), "get_me", json!({})).await.unwrap();
    assert_eq!((text(&me, "name").as_str(), &me["has_password"]), ("Sara B.", &json!(false)));
}

/// Whoever asks for a role when they register or change what is said of them gets none, and hears so.
async fn nobody_registers_with_a_role(world: World) {
    world.person("a@example.org").await;
    let token = world.token("a@example.org").await;
    for (name, value) in [
        ("role", json!("admin")),
        ("roles", json!([{"role": "owner", "place": "tenant"}])),
        ("grants", json!([{"role": "owner"}])),
        ("is_admin", json!(true)),
    ] {
        let wish = json!({"contact": "mallory@example.org", "name": "Mallory", name: value});
        let refused = world.ask("sign_up", wish).await.unwrap_err();
        let faults: Vec<(&str, &str)> =
            refused.faults().iter().map(|it| (it.field.as_str(), it.code)).collect();
        assert_eq!(faults, [(format!("/{name}").as_str(), "unknown_field")]);
        let wish = json!({"name": "Mallory", "language": "en", name: value});
        assert_eq!(code_of(world.with(&token, "edit_me", wish).await), "invalid_input", "{name}");
    }
    let me = world.with(&token, "get_me", json!({})).await.unwrap();
    assert_eq!(me["roles"], json!([]));
}

/// The same answers, the same rows, the same jobs.
async fn nobody_learns_who_has_an_account(world: World) {
    world.person("known@example.org").await;
    for name in ["ask_for_code", "sign_up"] {
        let mut shapes = Vec::new();
        for contact in ["known@example.org", "unknown@example.org"] {
            let mut input = json!({"contact": contact});
            if name == "sign_up" {
                input["name"] = "Somebody".into();
            }
            let before = world.jobs().await;
            let answer = world.ask(name, input).await.unwrap();
            let fields: Vec<String> = answer.as_object().unwrap().keys().cloned().collect();
            shapes.push((fields, text(&answer, "expires"), world.jobs().await - before));
        }
        assert_eq!(shapes[0], shapes[1], "{name}");
        assert_eq!(world.digits("unknown@example.org").await.is_some(), name == "sign_up");
    }
    let mut refusals = Vec::new();
    for contact in ["known@example.org", "unknown@example.org"] {
        for _ in 0..7 {
            let input = json!({"contact": contact, "password": "wrong horse"});
            refusals.push(world.ask("sign_in", input).await.unwrap_err());
        }
    }
    assert_eq!(refusals[..7], refusals[7..]);
    assert_eq!(refusals[6].code(), "too_many_attempts");
    // A code for nobody opens nothing, not even with its own digits.
    let code =
        text(&world.ask("ask_for_code", json!({"contact": "nobody@example.org"})).await.unwrap(), "code");
    for digits in ["000000", "123456"] {
        assert_eq!(
            code_of(world.ask("sign_in", json!({"code": code, "digits": digits})).await),
            "wrong_sign_in"
        );
    }
}

async fn a_code_is_good_once_for_ten_minutes_and_five_guesses(world: World) {
    world.person("+251911000001").await;
    let ask = async || {
        let code = text(&world.ask("ask_for_code", json!({"contact": "0911000001"})).await.unwrap(), "code");
        let digits = world.digits("+251911000001").await.unwrap();
        let wrong = if digits == "000000" { "000001" } else { "000000" };
        (json!({"code": code, "digits": digits}), json!({"code": code, "digits": wrong}))
    };
    let (right, wrong) = ask().await;
    for _ in 0..4 {
        assert_eq!(code_of(world.ask("sign_in", wrong.clone()).await), "wrong_sign_in");
    }
    assert_eq!(code_of(world.ask("sign_in", right.clone()).await), "");
    assert_eq!(code_of(world.ask("sign_in", right).await), "wrong_sign_in", "used");

    let (right, wrong) = ask().await;
    for _ in 0..5 {
        world.ask("sign_in", wrong.clone()).await.unwrap_err();
    }
    assert_eq!(code_of(world.ask("sign_in", right).await), "wrong_sign_in", "guessed too often");

    let (right, _) = ask().await;
    let elsewhere = world.ask_as(Caller::anonymous(), "/city/addis", "sign_in", right.clone()).await;
    assert_eq!(code_of(elsewhere), "wrong_sign_in", "another tenant's");
    world.advance(600);
    assert_eq!(code_of(world.ask("sign_in", right).await), "wrong_sign_in", "too late");
    for strange in ["cod_0000000000001", "cod_7zzzzzzzzzzzz"] {
        let input = json!({"code": strange, "digits": "123456"});
        assert_eq!(code_of(world.ask("sign_in", input).await), "wrong_sign_in");
    }
    for (input, faults) in [
        (json!({}), 1),
        (json!({"contact": "0911000001", "digits": "123456"}), 1),
        (json!({"code": "x", "digits": "1"}), 2),
        (json!({"contact": "not a contact", "password": "x"}), 1),
        (json!([]), 1),
    ] {
        assert_eq!(world.ask("sign_in", input.clone()).await.unwrap_err().faults().len(), faults, "{input}");
    }
}

async fn few_codes_are_sent(world: World) {
    let ask = || world.ask("ask_for_code", json!({"contact": "somebody@example.org"}));
    for _ in 0..5 {
        ask().await.unwrap();
    }
    let refusal = ask().await.unwrap_err();
    assert_eq!((refusal.code(), refusal.retry_after_s()), ("too_many_attempts", Some(3_600)));
    let other = world.ask("sign_up", json!({"contact": "Somebody@Example.org", "name": "S"})).await;
    assert_eq!(code_of(other), "too_many_attempts", "another spelling, another way");
    world.advance(3_600);
    ask().await.unwrap();
}

async fn without_a_channel_it_is_said(world: World) {
    let master = identity::Master::new(&[7; 32]).unwrap();
    let directory = world.operations.directory().clone();
    let sender = std::sync::Arc::new(identity::NoChannel);
    let identity =
        identity::Identity::start(master, sender, directory, world.clock.clone(), Default::default())
            .unwrap();
    let world = World { endpoints: identity::endpoints(&identity), identity, ..world };
    let refusal = world.ask("ask_for_code", json!({"contact": "a@example.org"})).await.unwrap_err();
    assert_eq!((refusal.code(), refusal.kind()), ("no_channel", kernel::RefusalKind::Unavailable));
    assert_eq!(world.site(HERE).market_slug.as_ref(), "addis");
    assert_eq!(world.jobs().await, 0, "what was refused changed nothing");
}
