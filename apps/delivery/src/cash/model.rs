use kernel::Money;
use schemars::JsonSchema;
use serde::Serialize;

/// What a rider has.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CashView {
    pub held: Money,
    /// From so much on, nothing more that is paid in cash is offered.
    pub max: Option<Money>,
}
