use std::net::IpAddr;

use kernel::{Actor, Decision, Refusal, values};
use web::{Answer, Call, Caller, Key, Reply};

use super::super::*;
use super::rig::{Rig, Thing, rig};

kernel::statements! {
    short TOUCH = "update answer set status = status where id = ?1";
}

/// One of two requests that are the same, or not.
fn sent(rig: &Rig, key: Option<&str>, secret: bool) -> Call {
    let address = IpAddr::from([192, 0, 2, 1]);
    let request: [&[u8]; 3] = [b"DELETE", b"/v1/things/a", b""];
    let key = key.map(|key| Key::new(key, Actor::Anonymous, rig.site.market_id, request, secret).unwrap());
    Call::new(rig.site.clone(), Caller::anonymous(), address, "".into(), rig.edge.world.clone()).with_key(key)
}

async fn remove(call: &Call) -> Result<Answer<Thing>, Refusal> {
    call.change(|| async {
        Ok((Decision::nothing(), Answer::ok(&Thing { name: "removed".into(), size: None })?))
    })
    .await
}

/// The first is done while the second is between its look for a stored answer and its own load, or
/// its own commit.
#[tokio::test]
async fn what_the_same_request_did_a_moment_ago_is_not_refused_to_the_second() {
    let rig = rig(EdgeConfig::default()).await;
    let gone = || Refusal::conflict("gone", "It is gone.");
    // at the load or at the commit, the key of the second, whether it is secret, what it hears
    for (round, (at_load, is_same, secret, hears)) in [
        (true, true, false, Ok(())),
        (false, true, false, Ok(())),
        (true, true, true, Err("already_done")),
        (false, true, true, Err("already_done")),
        (true, false, false, Err("gone")),
        (false, false, false, Err("gone")),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("k{round}");
        let (first, second) = (sent(&rig, Some(&key), secret), sent(&rig, is_same.then_some(&*key), secret));
        let answer = second
            .change(|| async {
                let removed = remove(&first).await?;
                match at_load {
                    true => Err(gone()),
                    false => {
                        let change = TOUCH.with(values![0]).or_refuse(gone());
                        Ok((Decision::nothing().change(change), removed))
                    }
                }
            })
            .await;
        let heard = answer.map(|answer| Reply::from(answer).body).map_err(|refusal| refusal.code());
        assert_eq!(heard, hears.map(|()| r#"{"name":"removed","size":null}"#.into()), "round {round}");
    }
}
