//! Gateways: who moves money outside.

pub mod advice;
pub mod card;
pub mod report;
