use std::sync::Arc;

use kernel::{Refusal, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Path};

use super::decide;
use super::model::{Choice, Owner};
use super::repo;
use crate::channel::Channel;
use crate::notify::Notify;

pub fn endpoints(notify: &Arc<Notify>) -> Vec<Endpoint> {
    vec![
        web::with!(notify, get "/v1/me/notifications" => get_preferences())
            .says("What the signed-in person wants to get, by topic and channel")
            .may(May::Known),
        web::with!(notify, put "/v1/me/notifications" => set_preferences(input: Body<Preferences>))
            .says("Replace what the signed-in person wants to get")
            .may(May::Known),
        web::with!(notify, get "/v1/unsubscribe/{token}" => look_at_leave(input: Path<LeavePath>))
            .says("What an unsubscribe link would end; changes nothing")
            .may(May::Anyone),
        web::with!(notify, post "/v1/unsubscribe/{token}" => leave(input: Path<LeavePath>))
            .says("Unsubscribe by the link of a message, in one click")
            .may(May::Anyone),
    ]
}

/// One choice.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceView {
    /// What about, such as `civic.updates`; `*` for everything.
    #[schemars(length(min = 1, max = 80), regex(pattern = r"^(\*|[a-z][a-z0-9_.-]*)$"))]
    topic: String,
    /// By which channel; without one, by all.
    channel: Option<Channel>,
    allowed: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    #[schemars(length(max = 200))]
    choices: Vec<ChoiceView>,
    /// One of the market's languages.
    #[schemars(length(min = 2, max = 35))]
    language: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct LeavePath {
    #[schemars(length(min = 1, max = 400))]
    token: String,
}

/// What a link is about; whose address it is does not stand in it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeaveView {
    topic: String,
    channel: Channel,
}

impl From<Choice> for ChoiceView {
    fn from(choice: Choice) -> Self {
        Self { topic: choice.topic, channel: Channel::named(&choice.channel), allowed: choice.allowed }
    }
}

impl From<&ChoiceView> for Choice {
    fn from(view: &ChoiceView) -> Self {
        let channel = view.channel.map_or(super::model::ANY, Channel::name);
        Self { topic: view.topic.clone(), channel: channel.to_owned(), allowed: view.allowed }
    }
}

fn owner(call: &Call) -> Result<Owner, Refusal> {
    call.caller.person().map(Owner::Person).ok_or_else(Refusal::forbidden)
}

async fn get_preferences(_: &Notify, call: Call) -> Result<Answer<Preferences>, Refusal> {
    let (choices, language) = repo::of(call.market(), owner(&call)?).await?;
    Answer::ok(&Preferences { choices: choices.into_iter().map(Into::into).collect(), language })
}

async fn set_preferences(
    _: &Notify,
    call: Call,
    Body(new): Body<Preferences>,
) -> Result<Answer<Preferences>, Refusal> {
    let owner = owner(&call)?;
    let choices: Vec<Choice> = new.choices.iter().map(Into::into).collect();
    let languages = &call.site.languages;
    let (before, _) = repo::of(call.market(), owner).await?;
    // What is set again is not removed first: no row is touched twice in one decision.
    let gone = before.iter().filter(|old| !choices.iter().any(|new| is_same(old, new)));
    let gone: Vec<Choice> = gone.cloned().collect();
    call.change(|| async {
        let decision = decide::set(owner, &choices, new.language.as_deref(), languages, call.now)?;
        let removed = gone
            .iter()
            .map(|old| repo::REMOVE.with(values![owner.key(), &old.topic, &old.channel]).any_rows());
        Ok((decision.changes(removed), Answer::ok(&new)?))
    })
    .await
}

fn is_same(one: &Choice, other: &Choice) -> bool {
    (&one.topic, &one.channel) == (&other.topic, &other.channel)
}

async fn look_at_leave(
    notify: &Notify,
    call: Call,
    Path(path): Path<LeavePath>,
) -> Result<Answer<LeaveView>, Refusal> {
    let leave = notify.keys().read_leave(call.market(), &path.token).ok_or_else(Refusal::not_found)?;
    Answer::ok(&LeaveView { topic: leave.topic, channel: leave.channel })
}

async fn leave(
    notify: &Notify,
    call: Call,
    Path(path): Path<LeavePath>,
) -> Result<Answer<LeaveView>, Refusal> {
    let leave = notify.keys().read_leave(call.market(), &path.token).ok_or_else(Refusal::not_found)?;
    call.change(|| async {
        let view = LeaveView { topic: leave.topic.clone(), channel: leave.channel };
        Ok((decide::leave(&leave, call.now), Answer::ok(&view)?))
    })
    .await
}
