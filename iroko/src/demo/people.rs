//! People who can sign in to the demo. Their names and addresses are nobody's.

use kernel::{Refusal, RefusalKind};
use tenancy::Tenant;
use web::{Grant, Role, Scope};

use super::places::{DemoTenant, TENANTS};
use crate::platform::Platform;

/// The password of everyone in the demo.
pub const PASSWORD: &str = "iroko-demo-2026";

/// A sign-in to try.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub tenant: &'static str,
    pub contact: String,
    pub what: String,
}

const CITIZENS: &[&str] = &[
    "Ama Example",
    "Bo Sample",
    "Chidi Specimen",
    "Dina Mock",
    "Eli Placeholder",
    "Fatou Example",
    "Gebre Sample",
];

/// Nobody else has such an address: names that end in `.example` are given to nobody.
fn owner_of(tenant: &DemoTenant) -> String {
    format!("owner@{}.example", tenant.slug)
}

pub async fn add_owner(platform: &Platform, tenant: &DemoTenant) -> Result<String, Refusal> {
    let owner = owner_of(tenant);
    platform.add_person(tenant.slug, &owner, "Olu Owner", PASSWORD).await?;
    platform.give_role(tenant.slug, &owner, Grant { scope: Scope::Tenant, role: Role::Owner }).await?;
    Ok(owner)
}

/// Whether the demo's owner is there already.
pub async fn has_owner(platform: &Platform, tenant: &Tenant, demo: &DemoTenant) -> Result<bool, Refusal> {
    let home = platform.store.market(&tenant.home());
    match platform.identity.find_person(&home, &owner_of(demo), None).await {
        Ok(_) => Ok(true),
        Err(refusal) if refusal.kind() == RefusalKind::NotFound => Ok(false),
        Err(refusal) => Err(refusal),
    }
}

/// In each tenant an owner, a manager for each market, and some citizens.
pub async fn build(platform: &Platform) -> Result<Vec<SignIn>, Refusal> {
    let mut shown = Vec::new();
    for tenant in TENANTS {
        let contact = |name: &str| format!("{name}@{}.example", tenant.slug);
        let owner = add_owner(platform, tenant).await?;
        shown.push(SignIn { tenant: tenant.slug, contact: owner, what: format!("owner of {}", tenant.name) });
        for market in tenant.markets {
            let manager = contact(&format!("manager.{}", market.slug));
            platform
                .add_person(tenant.slug, &manager, &format!("Manager of {}", market.name), PASSWORD)
                .await?;
            let (_, row) = platform.operations.market(tenant.slug, market.slug).await?;
            let grant = Grant { scope: Scope::Market(row.id), role: Role::Manager };
            platform.give_role(tenant.slug, &manager, grant).await?;
            shown.push(SignIn {
                tenant: tenant.slug,
                contact: manager,
                what: format!("manager of {}", market.name),
            });
        }
        for name in CITIZENS {
            let first = name.split(' ').next().unwrap_or(name).to_lowercase();
            platform.add_person(tenant.slug, &contact(&first), name, PASSWORD).await?;
        }
        let what = match tenant.markets.iter().any(|market| market.civic) {
            true => "a citizen, who has reported something".into(),
            false => "a citizen".into(),
        };
        shown.push(SignIn { tenant: tenant.slug, contact: contact("ama"), what });
    }
    Ok(shown)
}
