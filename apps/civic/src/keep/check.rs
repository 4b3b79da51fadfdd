//! Whether the objects of the archive are as they were written.

use store::Market;

use kernel::Refusal;

use super::model::{ObjectId, name};
use super::objects::Trouble;
use super::{Keep, pack, repo};
use crate::limits;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    pub objects: u64,
    pub lines: i64,
    pub bytes: i64,
    /// Names of those that are not as they should be, the first ones, and what is wrong.
    pub wrong: Vec<(String, Trouble)>,
    pub wrong_in_all: u64,
}

/// Reads every object. Those that cannot be reached are named like those that are damaged: both are not
/// known to be well.
pub async fn objects(
    keep: &Keep,
    market: &Market,
    watch: &(dyn Fn(&Checked) + Send + Sync),
) -> Result<Checked, Refusal> {
    let mut checked = Checked::default();
    let mut after = ObjectId::from_raw(0);
    loop {
        let page = repo::objects(market, after).await?;
        let Some(last) = page.last() else { return Ok(checked) };
        after = last.id;
        for object in &page {
            let name = name(object.id);
            let found = keep.objects.get(market.place(), &name).await;
            let trouble = match found {
                Ok(bytes) if pack::hash(&bytes)[..] == object.hash[..] => None,
                Ok(_) => Some(Trouble::Damaged),
                Err(trouble) => Some(trouble),
            };
            checked.objects += 1;
            checked.lines += object.lines;
            checked.bytes += object.bytes;
            if let Some(trouble) = trouble {
                checked.wrong_in_all += 1;
                if checked.wrong.len() < limits::FAULTS_MAX {
                    checked.wrong.push((name, trouble));
                }
            }
            watch(&checked);
        }
    }
}
