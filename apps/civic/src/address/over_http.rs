//! How the questions of [`super::nominatim`] travel: through the program's one client, within bounds.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use outward::{Outward, Request, Response};

use super::model::Trouble;
use super::nominatim::Fetch;
use crate::limits;

pub struct OverHttp {
    pub outward: Arc<Outward>,
    /// Who asks, as public services want to know.
    pub user_agent: String,
}

impl Fetch for OverHttp {
    fn get(&self, url: String) -> BoxFuture<'_, Result<Vec<u8>, Trouble>> {
        Box::pin(async move {
            // Somebody waits for the answer: it is tried once, and the next adapter is there.
            let request = Request::get(url)
                .header("accept", "application/json")
                .header("user-agent", &self.user_agent)
                .time_max(limits::ADAPTER_WAIT)
                .answer_bytes_max(limits::FOREIGN_ANSWER_BYTES_MAX)
                .tries(1);
            let response = self.outward.send(request).await.and_then(Response::success);
            response.map(|it| it.body.to_vec()).map_err(|error| Trouble::Failed(error.to_string()))
        })
    }
}
