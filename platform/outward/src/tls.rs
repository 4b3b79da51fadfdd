//! Whom to believe over TLS: the authorities that the machine's operator trusts.

use rustls::{ClientConfig, RootCertStore};

/// With `ring`, whatever else in the program has chosen for itself.
pub(crate) fn config() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (good, _) = roots.add_parsable_certificates(found.certs);
    if good == 0 {
        tracing::warn!(
            "this machine has no certificate authorities (on Debian: apt install ca-certificates), so nothing can be called over HTTPS"
        );
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
