use kernel::Refusal;
use web::{Answer, Call, Endpoint, May, Page, PageQuery, Query, Role, get};

use super::model::{ImportId, ImportView};
use super::repo;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/imports", import_list)
            .says("Lists what was loaded from files, the latest first, and how far each is.")
            .may(May::Role(Role::Manager)),
    ]
}

async fn import_list(call: Call, Query(page): Query<PageQuery>) -> Result<Answer<Page<ImportView>>, Refusal> {
    let limit = page.limit();
    let [before] = page.from([i64::MAX])?;
    let rows = repo::latest(call.market(), ImportId::from_raw(before), limit).await?;
    Answer::ok(&Page::of(rows, limit, |import| [import.id.raw()]))
}
