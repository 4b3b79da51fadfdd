//! `iroko person …`

use std::io::Read;
use std::ops::RangeInclusive;

use serde_json::json;
use web::{Grant, Scope};

use super::operation::PersonOperation;
use super::report::{Failure, Report};
use super::tenant::said;
use crate::platform::Platform;

/// Longer is not a password that somebody types.
const PASSWORD_BYTES_MAX: u64 = 1_024;
/// As everywhere else that a password is chosen.
const PASSWORD_CHARS: RangeInclusive<usize> = 8..=128;

impl PersonOperation {
    /// Reads the password here, where the person sits who typed the command.
    pub fn complete(self) -> Result<Self, Failure> {
        match self {
            PersonOperation::Add { tenant, email, password_file, name, .. } => {
                let source =
                    password_file.as_ref().map_or("standard input".into(), |it| it.display().to_string());
                let fail =
                    |error| Failure::failed(format!("the password cannot be read from {source}: {error}"));
                let mut password = String::new();
                match &password_file {
                    Some(path) => {
                        let file = std::fs::File::open(path).map_err(fail)?;
                        file.take(PASSWORD_BYTES_MAX).read_to_string(&mut password).map_err(fail)?
                    }
                    None => std::io::stdin()
                        .take(PASSWORD_BYTES_MAX)
                        .read_to_string(&mut password)
                        .map_err(fail)?,
                };
                let password = password.trim_end_matches(['\n', '\r']).to_owned();
                if !PASSWORD_CHARS.contains(&password.chars().count()) {
                    let (least, most) = PASSWORD_CHARS.into_inner();
                    let message = format!("a password has {least} to {most} characters");
                    return Err(Failure::failed(message));
                }
                Ok(PersonOperation::Add { tenant, email, password_file, name, password })
            }
            other => Ok(other),
        }
    }
}

pub async fn carry_out(operation: PersonOperation, platform: &Platform) -> Result<Report, Failure> {
    match operation {
        PersonOperation::Add { tenant, email, name, password, .. } => {
            let (outcome, id) = platform.add_person(&tenant, &email, &name, &password).await?;
            let mut report = said(outcome, &format!("person {id}"), "added");
            report.data["id"] = json!(id);
            Ok(report)
        }
        PersonOperation::Grant { tenant, email, role, market } => {
            let scope = match &market {
                None => Scope::Tenant,
                Some(slug) => Scope::Market(platform.operations.market(&tenant, slug).await?.1.id),
            };
            let outcome = platform.give_role(&tenant, &email, Grant { scope, role: role.into() }).await?;
            Ok(said(outcome, &format!("{role:?} for {email}").to_lowercase(), "given"))
        }
    }
}
