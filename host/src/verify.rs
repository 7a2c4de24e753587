//! What `verify` asks about a task definition, and how the answers are judged. Pure: who asks is
//! `commands/verify.rs`.
//!
//! A fault is said only of what cannot work. What cannot be known from here (a permission that
//! is missing, a registry that cannot be reached, something of another account) is a warning.

pub mod access;
pub mod image;
pub mod learned;
pub mod parameter;
pub mod reference;
pub mod role;
pub mod secret;
pub mod service;

use serde::Serialize;

use crate::event::{Diagnostic, Severity};
use crate::task_definition::address::Address;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Load balancer, Service Connect and volume names of the service against the definition.
    Service,
    /// Images exist, for the platform of the task.
    Images,
    /// Secrets exist and have a value; their ARNs are full.
    Secrets,
    /// Secrets have the JSON keys that are named. Reads the values.
    SecretKeys,
    /// Parameters exist.
    Parameters,
    /// Roles exist and trust ECS tasks.
    Roles,
    /// The execution role may read what the definition refers to, by simulation.
    RoleAccess,
    /// Log groups exist.
    LogGroups,
    /// Files of environment variables exist in S3.
    EnvFiles,
}

/// Names of the checks, in the order of [`Check`], and `all`: values of `skip-checks`.
pub const NAMES: &[&str] = &[
    "service",
    "images",
    "secrets",
    "secret-keys",
    "parameters",
    "roles",
    "role-access",
    "log-groups",
    "env-files",
    "all",
];

impl Check {
    /// Its name in options, configuration and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// Whether a list of names to skip means it.
    #[must_use]
    pub fn is_skipped(self, skipped: &[String]) -> bool {
        skipped
            .iter()
            .any(|name| name == "all" || name == self.name())
    }
}

/// A fault, or what is to be known about a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How serious.
    pub severity: Severity,
    /// The places that are concerned.
    pub at: Vec<Address>,
    /// One lowercase fragment.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
}

impl Finding {
    /// What cannot work.
    pub fn fault(at: &[Address], message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Severity::Error, at, message, hint)
    }

    /// What cannot be known from here, or looks wrong.
    pub fn warning(at: &[Address], message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Severity::Warning, at, message, hint)
    }

    fn new(
        severity: Severity,
        at: &[Address],
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let hint = hint.into();
        Self {
            severity,
            at: at.to_vec(),
            message: message.into(),
            hint: (!hint.is_empty()).then_some(hint),
        }
    }
}

/// A check that was made of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Which check.
    pub check: Check,
    /// What was looked at: an image, an ARN, a name.
    pub subject: String,
    /// What was found; empty where all is well.
    pub findings: Vec<Finding>,
    /// Seconds that it took.
    pub seconds: f64,
}

impl Checked {
    /// One diagnostic for each place of each finding.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let of = |finding: &Finding, at: Option<&Address>| Diagnostic {
            severity: finding.severity,
            code: format!("verify-{}", self.check.name()),
            message: finding.message.clone(),
            address: at.map(ToString::to_string),
            source: "acetate".to_owned(),
            hint: finding.hint.clone(),
        };
        let each = |finding: &Finding| -> Vec<Diagnostic> {
            match finding.at.is_empty() {
                true => vec![of(finding, None)],
                false => finding.at.iter().map(|at| of(finding, Some(at))).collect(),
            }
        };
        self.findings.iter().flat_map(each).collect()
    }

    /// The gravest of what was found; `None` where all is well.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// Where the task definition will run. What is not known is not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Home {
    /// Partition, `aws` for one.
    pub partition: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Account.
    pub account: Option<String>,
}

impl Home {
    /// The home that an ARN of ECS names.
    #[must_use]
    pub fn of_arn(arn: &str) -> Option<Self> {
        let arn = crate::arn::Arn::parse(arn)?;
        Some(Self {
            partition: Some(arn.partition.to_owned()),
            region: Some(arn.region.to_owned()),
            account: Some(arn.account.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests;
