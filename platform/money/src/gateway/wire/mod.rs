//! Gateways of others, by their own protocols.
//!
//! ```text
//! chapa.rs        a page; callbacks signed by HMAC-SHA256
//! paystack.rs     a page; callbacks signed by HMAC-SHA512
//! flutterwave.rs  a page; callbacks that show a shared secret
//! telebirr.rs     an order before the payment; everything signed with RSA
//! mpesa.rs        a prompt on the phone; results by the request's id
//! talk.rs         asking over HTTP, reading leniently
//! sign.rs         signatures
//! ```

mod chapa;
mod flutterwave;
mod mpesa;
mod paystack;
pub mod sign;
mod talk;
mod telebirr;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use outward::Outward;

use super::adapter::Adapters;

/// All of them.
pub fn adapters(outward: &Arc<Outward>) -> Adapters {
    Adapters::default()
        .with(Arc::new(chapa::Chapa(outward.clone())))
        .with(Arc::new(paystack::Paystack(outward.clone())))
        .with(Arc::new(flutterwave::Flutterwave(outward.clone())))
        .with(Arc::new(telebirr::Telebirr(outward.clone())))
        .with(Arc::new(mpesa::Mpesa(outward.clone())))
}
