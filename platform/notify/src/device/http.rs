use std::sync::Arc;

use kernel::text::{self, Lines};
use kernel::{Id, Person, Refusal, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Path};

use super::decide;
use super::model::{Device, DeviceId, Platform};
use super::repo;
use crate::notify::Notify;

pub fn endpoints(notify: &Arc<Notify>) -> Vec<Endpoint> {
    vec![
        web::with!(notify, get "/v1/me/devices" => list_devices())
            .says("The devices on which the signed-in person gets push messages")
            .may(May::Known),
        web::with!(notify, put "/v1/me/devices" => register_device(input: Body<NewDevice>))
            .says("Get push messages on a device; the same token again is the same device")
            .may(May::Known),
        web::with!(notify, delete "/v1/me/devices/{device}" => remove_device(input: Path<DevicePath>))
            .says("Get no more push messages on a device")
            .may(May::Known),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewDevice {
    /// As the push service gave it to the app.
    #[schemars(length(min = 8, max = 4096))]
    token: String,
    platform: Platform,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DevicePath {
    device: DeviceId,
}

#[derive(Serialize, JsonSchema)]
struct Devices {
    items: Vec<Device>,
}

fn person(call: &Call) -> Result<Id<Person>, Refusal> {
    call.caller.person().ok_or_else(Refusal::forbidden)
}

async fn list_devices(_: &Notify, call: Call) -> Result<Answer<Devices>, Refusal> {
    Answer::ok(&Devices { items: repo::of(call.market(), person(&call)?).await? })
}

async fn register_device(
    _: &Notify,
    call: Call,
    Body(new): Body<NewDevice>,
) -> Result<Answer<Device>, Refusal> {
    let person = person(&call)?;
    if let Some(fault) = text::fault("/token", &new.token, Lines::One) {
        return Err(Refusal::invalid(vec![fault]));
    }
    call.change(|| async {
        let known: Option<Device> = call.market().one(repo::BY_TOKEN, values![&new.token]).await?;
        let others = repo::of(call.market(), person).await?;
        let (decision, device) =
            decide::register(person, &new.token, new.platform, known.as_ref(), &others, &call.ctx());
        Ok((decision, Answer::ok(&device)?))
    })
    .await
}

async fn remove_device(_: &Notify, call: Call, Path(path): Path<DevicePath>) -> Result<Answer<()>, Refusal> {
    let person = person(&call)?;
    call.change(|| async {
        let change = repo::REMOVE.with(values![path.device, person]).or_refuse(Refusal::not_found());
        Ok((kernel::Decision::nothing().change(change), Answer::done()))
    })
    .await
}
