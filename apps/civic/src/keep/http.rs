use std::sync::Arc;

use kernel::Refusal;
use web::{Answer, Call, Endpoint, May, Path, Role};

use super::{decide, read, repo};
use crate::category::http::SCOPE;
use crate::civic::Civic;
use crate::request::http::Which;
use crate::request::repo as requests;
use crate::request::view::{self, RequestView};

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    vec![
        web::with!(civic, post "/v1/requests/{id}/restore" => request_restore(which: Path<Which>))
            .says("Brings an archived request back, with all that is merged with it.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
    ]
}

async fn request_restore(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<RequestView>, Refusal> {
    call.change(|| async {
        let market = call.market();
        let Some(lies) = repo::lies(market, which.id).await? else {
            return Err(match requests::one(market, which.id).await? {
                Some(_) => Refusal::conflict("not_archived", "It is not archived."),
                None => Refusal::not_found(),
            });
        };
        let mut family = Vec::new();
        for lies in repo::lies_of_root(market, lies.root).await? {
            let kept = read::at(&civic.keep, market, &lies).await?;
            family.push((lies, (*kept).clone()));
        }
        let asked = family.iter().find(|(_, kept)| kept.request.id == which.id);
        let request = asked.map(|(_, kept)| kept.request.clone()).ok_or_else(Refusal::not_found)?;
        let mut view = RequestView::from(request);
        view::complete(civic, &call, std::iter::once(&mut view)).await?;
        Ok((decide::restore(&family, &call.ctx()), Answer::ok(&view)?))
    })
    .await
}
