//! S3, and the many that speak like it.

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{BackoffConfig, RetryConfig};

use super::ObjectTrouble;
use super::client::Client;
use crate::limits;

/// A bucket, and who we are to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    pub region: String,
    /// Such as `https://minio.internal:9000`; without one, Amazon's own for the region.
    pub endpoint: Option<String>,
    pub key_id: String,
    pub secret: String,
    /// The bucket's name in the path instead of in the host's name. Most that are not Amazon want that.
    pub path_style: bool,
    /// An endpoint without TLS, on a network of one's own.
    pub allow_http: bool,
}

/// The secret is shown to nobody.
impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket")
            .field("name", &self.name)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("path_style", &self.path_style)
            .finish_non_exhaustive()
    }
}

impl Bucket {
    pub(super) fn open(&self) -> Result<AmazonS3, ObjectTrouble> {
        let retry = RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: limits::REQUEST_RETRIES_MAX,
            retry_timeout: limits::OBJECT_TIME_MAX,
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_access_key_id(&self.key_id)
            .with_secret_access_key(&self.secret)
            .with_virtual_hosted_style_request(!self.path_style)
            .with_allow_http(self.allow_http)
            .with_disable_bulk_delete(true)
            .with_retry(retry)
            .with_http_connector(Client::new(self.allow_http)?);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
        }
        builder.build().map_err(ObjectTrouble::settings)
    }
}
