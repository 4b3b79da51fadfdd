//! The way to a bucket: HTTP/1.1 over rustls, each wait with its end. Not through `outward`, which reads
//! every answer whole and keeps out of the machine's own neighbourhood: objects are streams, a bucket
//! often stands next door, and its address comes from the operator, never from anybody outside.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector as Sockets;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
    HttpResponseBody, HttpService,
};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

use super::ObjectTrouble;
use crate::limits;

const IDLE_KEPT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub(super) struct Client {
    inner: legacy::Client<HttpsConnector<Sockets>, HttpRequestBody>,
}

impl Client {
    pub(super) fn new(allow_http: bool) -> Result<Self, ObjectTrouble> {
        let mut sockets = Sockets::new();
        sockets.enforce_http(false);
        sockets.set_connect_timeout(Some(limits::CONNECT_TIME_MAX));
        sockets.set_nodelay(true);
        let tls = HttpsConnectorBuilder::new().with_tls_config(believing().map_err(ObjectTrouble::settings)?);
        let connector = if allow_http { tls.https_or_http() } else { tls.https_only() };
        let connector = connector.enable_http1().wrap_connector(sockets);
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_KEPT)
            .pool_max_idle_per_host(limits::IDLE_CONNECTIONS_MAX)
            .build(connector);
        Ok(Self { inner })
    }
}

/// Believes the authorities that the machine's operator trusts, one's own among them.
fn believing() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

impl HttpConnector for Client {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = match timeout(limits::REQUEST_TIME_MAX, self.inner.request(request)).await {
            Ok(answer) => answer.map_err(|error| {
                let kind =
                    if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Interrupted };
                HttpError::new(kind, error)
            })?,
            Err(late) => return Err(HttpError::new(HttpErrorKind::Timeout, late)),
        };
        let (parts, body) = answer.into_parts();
        let body = body
            .map_frame(|frame| frame.map_data(Bytes::from))
            .map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error));
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
    }
}
