use kernel::{Ctx, Decision, Id, NewJob, Refusal, values};

use super::jobs::{SEND_CODE, SendCode};
use super::model::{Code, CodeRow};
use super::repo;
use crate::limits;
use crate::person::PersonRow;
use crate::person::decide::{NewPerson, join};
use crate::session::sign_in::wrong;

/// What a sign-up says about the person; a mere code has none of it.
#[derive(Clone, Default)]
pub struct Profile {
    pub name: String,
    pub language: String,
    pub password: Option<Vec<u8>>,
}

/// The same rows and the same job whether or not there is an account: the job finds out whether
/// anything is to be sent.
pub fn ask(id: Id<Code>, contact: &str, profile: Option<&Profile>, ctx: &Ctx<'_>) -> Decision {
    let row = values![
        id,
        contact,
        profile.is_some(),
        profile.map(|it| it.name.clone()),
        profile.map(|it| it.language.clone()),
        profile.and_then(|it| it.password.clone()),
        ctx.now,
        ctx.now + limits::CODE_LIFE
    ];
    Decision::nothing()
        .change(repo::ADD.with(row))
        .job(NewJob::new(SEND_CODE, ctx.now, &SendCode { code: id, invited: None }).priority(10))
}

/// A code for somebody who did not ask: whoever was given a role hears of it, and signs in with it once.
pub fn invite(id: Id<Code>, contact: &str, market: Id<kernel::Market>, ctx: &Ctx<'_>) -> Decision {
    let (nothing, expires) = (None::<String>, ctx.now + limits::INVITATION_LIFE);
    let row = values![id, contact, false, nothing.clone(), nothing, None::<Vec<u8>>, ctx.now, expires];
    let job = SendCode { code: id, invited: Some(market) };
    Decision::nothing().change(repo::ADD.with(row)).job(NewJob::new(SEND_CODE, ctx.now, &job))
}

/// Whose code it was. Where there is an account already a sign-up changes nothing of it: whoever
/// proved to hold the contact is signed in, and what they typed as a new profile is dropped.
pub fn redeem(
    code: &CodeRow,
    existing: Option<&PersonRow>,
    languages: &[String],
    ctx: &Ctx<'_>,
) -> Result<(Decision, Id<kernel::Person>), Refusal> {
    if code.used || ctx.now >= code.expires {
        return Err(wrong());
    }
    let used = Decision::nothing().change(repo::USE.with(values![code.id, ctx.now]).or_refuse(wrong()));
    match existing {
        Some(person) => Ok((used, person.id)),
        None if code.sign_up => {
            let language = code.language.clone().or_else(|| languages.first().cloned());
            let (joined, person) = join(
                NewPerson {
                    address: code.contact.clone(),
                    name: code.name.clone().unwrap_or_default(),
                    language: language.unwrap_or_default(),
                    password: code.password.clone(),
                },
                ctx,
            );
            Ok((used.and(joined), person))
        }
        None => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::jiff::{SignedDuration, Timestamp, tz::TimeZone};
    use kernel::{Actor, SequentialIds};

    #[test]
    fn who_a_code_signs_in() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let ids = SequentialIds::starting_at(50);
        let code = |sign_up, used| CodeRow {
            id: Id::from_raw(1),
            contact: "+251911234567".into(),
            sign_up,
            name: Some("Abebe".into()),
            language: None,
            password: None,
            used,
            expires: start + limits::CODE_LIFE,
        };
        let person = PersonRow {
            id: Id::from_raw(7),
            name: String::new(),
            language: String::new(),
            password: None,
            version: 1,
        };
        // sign-up, used, an account is there, minutes later, who
        for (sign_up, used, there, minutes, expect) in [
            (false, false, true, 0, Some(7)),
            (true, false, true, 9, Some(7)),
            (true, false, false, 9, Some(50)),
            (false, false, false, 0, None),
            (true, true, true, 0, None),
            (true, false, true, 10, None),
        ] {
            let now = start + SignedDuration::from_mins(minutes);
            let ctx = Ctx { now, zone: &TimeZone::UTC, actor: Actor::Anonymous, ids: &ids };
            let found = redeem(&code(sign_up, used), there.then_some(&person), &["am".into()], &ctx);
            assert_eq!(found.ok().map(|(_, id)| id.raw()), expect);
        }
    }
}
