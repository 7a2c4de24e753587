//! The least-privilege IAM policy for a configuration: what the verbs call, on as little as AWS
//! lets a policy name.
//!
//! Resource types and condition keys are those of the
//! [service authorization reference](https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
//! A change of what a verb calls is a change here: `every_call_is_allowed_by_the_policy` compares.

mod deploy;
mod look;
mod place;
mod prune;
mod statement;
mod verify;

pub use place::Place;
pub use statement::{Statement, document};
pub use verify::Referred;

use std::collections::BTreeSet;

use crate::config::Settings;

/// What the policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The verbs that only look: `diff`, `verify`, `plan`, `status`, `history` and their like; `wait`,
    /// unless it is to write what `deploy.publish` names.
    Plan,
    /// All verbs, but for `history prune`.
    Deploy,
    /// `history prune`.
    Prune,
}

/// What is looked up for plugins: names, patterns with `*`, or ARNs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lookups {
    /// SSM parameters that are asked for by name.
    pub parameters: BTreeSet<String>,
    /// Paths whose parameters are listed.
    pub below: BTreeSet<String>,
    /// Secrets whose ARN is asked for.
    pub secrets: BTreeSet<String>,
    /// Secrets whose JSON keys are asked for.
    pub opened: BTreeSet<String>,
    /// Whether names of secrets are listed.
    pub lists_secrets: bool,
}

/// All that the policy of one service is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The settings of the service.
    pub settings: &'a Settings,
    /// Where its things are.
    pub place: &'a Place,
    /// The roles of its task definition, by name or ARN; `None` where they are not known.
    pub roles: Option<&'a [String]>,
    /// What plugins look up.
    pub lookups: &'a Lookups,
    /// Log groups that containers log to, with their region where it is another; `None` where they
    /// are not known.
    pub logs: Option<&'a [(String, Option<String>)]>,
    /// What template and configuration refer to.
    pub referred: &'a Referred,
}

/// The statements for these services, those of one id made one. Their order is that of a deploy.
#[must_use]
pub fn statements(services: &[Facts<'_>], purpose: Purpose) -> Vec<Statement> {
    let mut all: Vec<Statement> = Vec::new();
    for facts in services {
        let looks = || [look::statements(facts), verify::statements(facts)].concat();
        let found = match purpose {
            Purpose::Plan => looks(),
            Purpose::Deploy => [looks(), deploy::statements(facts)].concat(),
            Purpose::Prune => prune::statements(),
        };
        for statement in found {
            match all.iter_mut().find(|known| known.sid == statement.sid) {
                Some(known) => known.join(statement),
                None => all.push(statement),
            }
        }
    }
    all
}

impl Facts<'_> {
    /// The services that ECS knows this one by, `service/CLUSTER/NAME`, where there is one.
    fn service(&self) -> Option<Ecs<'_>> {
        let service = self.settings.service.as_deref()?;
        Some(Ecs {
            place: self.place,
            cluster: self.cluster(),
            service: last(service),
        })
    }

    /// Name of the cluster.
    fn cluster(&self) -> &str {
        last(self.settings.cluster.as_deref().unwrap_or("default"))
    }

    /// ARN of the cluster, as conditions name it.
    fn cluster_arn(&self) -> String {
        self.place.ecs(&format!("cluster/{}", self.cluster()))
    }

    /// ARN of all revisions of the family that acetate registers in.
    fn family(&self) -> String {
        let family = &self.settings.family;
        self.place.ecs(&format!("task-definition/{family}:*"))
    }
}

/// One service of ECS.
#[derive(Debug, Clone, Copy)]
struct Ecs<'a> {
    place: &'a Place,
    cluster: &'a str,
    service: &'a str,
}

impl Ecs<'_> {
    /// ARN of the service.
    fn arn(&self) -> String {
        let Self {
            cluster, service, ..
        } = self;
        self.place.ecs(&format!("service/{cluster}/{service}"))
    }

    /// ARN of all that is below the service of this kind, `service-deployment` for one.
    fn below(&self, kind: &str) -> String {
        let Self {
            cluster, service, ..
        } = self;
        self.place.ecs(&format!("{kind}/{cluster}/{service}/*"))
    }
}

/// The name at the end of an ARN, or the name that it is.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests;
