//! What a call asks for, as it is written.

use kernel::{Id, Person, Provider};
use schemars::JsonSchema;
use serde::Deserialize;

use super::model::{Act, Edit};
use crate::request::model::{RequestId, Status};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveBody {
    pub to: Status,
    /// For everyone to read. Must be given to close without resolving, to reopen, and to wait for
    /// somebody outside.
    #[schemars(length(max = 4000))]
    pub reason: Option<String>,
    /// Refused if the request has another version by now.
    pub version: Option<i64>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    /// Somebody who works for the agency that has it; nobody if left out.
    pub person: Option<Id<Person>>,
    pub version: Option<i64>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteBody {
    pub agency: Id<Provider>,
    #[schemars(length(min = 1, max = 64))]
    pub team: Option<String>,
    /// For staff only.
    #[schemars(length(max = 4000))]
    pub reason: Option<String>,
    pub version: Option<i64>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextBody {
    #[schemars(length(min = 1, max = 4000))]
    pub text: String,
    pub version: Option<i64>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HideBody {
    pub hidden: bool,
    /// For staff only. Must be given to hide.
    #[schemars(length(max = 4000))]
    pub reason: Option<String>,
    pub version: Option<i64>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    /// The request that it repeats.
    pub into: RequestId,
    pub version: Option<i64>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionBody {
    pub version: Option<i64>,
}

pub type Wish = (Act, Option<i64>);

impl From<MoveBody> for Wish {
    fn from(it: MoveBody) -> Wish {
        (Act::Move { to: it.to, reason: it.reason }, it.version)
    }
}
impl From<AssignBody> for Wish {
    fn from(it: AssignBody) -> Wish {
        (Act::Assign { to: it.person }, it.version)
    }
}
impl From<RouteBody> for Wish {
    fn from(it: RouteBody) -> Wish {
        (Act::Route { agency: it.agency, team: it.team, reason: it.reason }, it.version)
    }
}
impl From<HideBody> for Wish {
    fn from(it: HideBody) -> Wish {
        (Act::Hide { hidden: it.hidden, reason: it.reason }, it.version)
    }
}
impl From<MergeBody> for Wish {
    fn from(it: MergeBody) -> Wish {
        (Act::Merge { into: it.into }, it.version)
    }
}
impl From<VersionBody> for Wish {
    fn from(it: VersionBody) -> Wish {
        (Act::Unmerge, it.version)
    }
}
impl From<Edit> for Wish {
    fn from(it: Edit) -> Wish {
        let version = it.version;
        (Act::Edit(it), version)
    }
}
