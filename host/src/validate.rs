//! Offline rules: what can be known to be wrong without asking AWS.
//!
//! Every rule looks at the whole document and says all that it finds, with addresses. `error` is
//! said of what ECS refuses to register or what cannot work once it runs; what only looks wrong,
//! members and values that this build does not know among it, is a `warning`.

mod cycles;
mod environment;
mod fargate;
mod findings;
mod health;
mod image;
mod limits;
mod logging;
mod memory;
mod network;
mod references;
mod roles;
mod shape;
pub(crate) mod spot;
mod tags;
mod volumes;

use crate::event::Diagnostic;
use crate::task_definition::TaskDefinition;
use findings::Findings;
use spot::Document;

/// One rule, or a few that belong together.
type Rule = fn(&Document<'_>, &mut Findings);

/// In the order in which a person would want to read the findings.
const RULES: &[Rule] = &[
    shape::check,
    limits::check,
    tags::check,
    environment::check,
    roles::check,
    image::check,
    references::check,
    cycles::check,
    volumes::check,
    health::check,
    network::check,
    memory::check,
    logging::check,
    fargate::check,
];

/// All that the offline rules find in `definition`; empty for a good one. Messages never hold the
/// value of an environment variable or a secret.
///
/// The limits are those of
/// [task definition parameters](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html)
/// and [service quotas](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html).
#[must_use]
pub fn validate(definition: &TaskDefinition) -> Vec<Diagnostic> {
    let document = Document::new(definition);
    let mut findings = Findings::default();
    for rule in RULES {
        rule(&document, &mut findings);
    }
    findings.into_diagnostics()
}

#[cfg(test)]
mod tests;
