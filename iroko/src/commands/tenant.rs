//! `iroko tenant …`

use serde_json::json;
use tenancy::{NewTenant, Outcome};

use super::operation::TenantOperation;
use super::report::{Failure, Report};
use crate::platform::Platform;

pub async fn carry_out(operation: TenantOperation, platform: &Platform) -> Result<Report, Failure> {
    match operation {
        TenantOperation::Add(new) => {
            let tenant = NewTenant {
                slug: new.slug,
                name: new.name,
                tier: new.tier.into(),
                languages: new.languages,
                currency: new.currency,
                country: new.country,
            };
            let outcome = platform.operations.add_tenant(&tenant).await?;
            Ok(said(outcome, &format!("tenant {}", tenant.slug), "added"))
        }
        TenantOperation::List => Ok(list(platform)),
        TenantOperation::Tier { tenant, tier } => {
            let outcome = platform.operations.set_tier(&tenant, tier.into()).await?;
            Ok(said(outcome, &format!("tenant {tenant}"), "changed"))
        }
    }
}

/// "tenant x: added", or that it is there already.
pub fn said(outcome: Outcome, what: &str, verb: &str) -> Report {
    let done = match outcome {
        Outcome::Done => verb,
        Outcome::AlreadyThere => "already there, nothing changed",
    };
    let changed = outcome == Outcome::Done;
    Report::new(format!("{what}: {done}"), json!({ "what": what, "changed": changed }))
}

fn list(platform: &Platform) -> Report {
    let mut tenants = platform.directory().tenants();
    tenants.sort_by(|a, b| a.slug.cmp(&b.slug));
    let mut text = String::new();
    let mut data = Vec::new();
    for tenant in tenants {
        text += &format!(
            "{:<24} {:<10} {}\n",
            tenant.slug,
            format!("{:?}", tenant.tier).to_lowercase(),
            tenant.name
        );
        data.push(json!({ "slug": tenant.slug, "name": tenant.name, "tier": tenant.tier }));
    }
    Report::new(text, json!({ "tenants": data }))
}
