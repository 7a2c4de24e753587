//! What a deploy will do: decided here, shown, and then done. Pure.
//!
//! Invariant: a dry run shows the very plan that a deploy executes (`tests/it/deploy.rs`).

pub mod fleet;
pub mod freshness;
pub mod kept;
mod refusal;

use std::collections::BTreeSet;

use serde::Serialize;

pub use refusal::{Kind, Refusal};

use crate::event::short;
use crate::overlay::meaning::Powers;
use crate::render::{same_content, stamps_of};
use crate::task_definition::TaskDefinition;
use crate::wait::goal::{Standing, primary, standing};
use crate::wait::observation::ServiceView;

/// A registered revision.
#[derive(Debug, Clone, Copy)]
pub struct Registered<'a> {
    /// Its ARN.
    pub arn: &'a str,
    /// Its content.
    pub definition: &'a TaskDefinition,
}

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Cluster, as the service is asked for.
    pub cluster: &'a str,
    /// The service as it is.
    pub service: &'a ServiceView,
    /// What is to run, and what is there of it.
    pub content: Content<'a>,
    /// Family of the template, where it is another one.
    pub template_family: Option<&'a str>,
}

/// What is to run, and the revisions that may be it already.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// What is to run.
    pub rendered: &'a TaskDefinition,
    /// Family that acetate registers in.
    pub family: &'a str,
    /// Whether revisions of ours carry stamps.
    pub stamped: bool,
    /// The revision that the service is set to.
    pub running: Option<Registered<'a>>,
    /// The latest ACTIVE revision of the family.
    pub latest: Option<Registered<'a>>,
}

/// What was asked for beyond that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Start a new deployment though nothing differs.
    pub force: bool,
    /// Take over from a deployment in progress.
    pub replace: bool,
}

/// What a deploy of one service will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Cluster.
    pub cluster: String,
    /// Service name.
    pub service: String,
    /// Family that acetate registers in.
    pub family: String,
    /// Where the revision comes from.
    pub revision: Revision,
    /// What happens to the service.
    pub action: Action,
    /// Whose deployment in progress is taken over from: its task definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    /// What must still be so just before the update.
    pub expected: Expected,
    /// The calls that change something or look again, in order.
    pub calls: Vec<&'static str>,
    /// The SSM parameter that is told what runs then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish: Option<String>,
    /// Names of the one-off tasks that run before the update.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// Names of the one-off tasks that run once the deployment is done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// What each plugin may do, for whoever reads the plan: execution does not look at it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plugins: Vec<Powers>,
}

/// Where the revision comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Revision {
    /// A new one is registered.
    Register,
    /// One with the same content is there.
    Reuse {
        /// Its ARN.
        arn: String,
        /// Which one it is.
        why: String,
    },
}

/// What happens to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing: it runs what is wanted, and is steady.
    Nothing,
    /// It is on its way to what is wanted already, and is followed.
    Follow,
    /// It is updated.
    Update {
        /// With `forceNewDeployment`, without which ECS would start nothing.
        force: bool,
    },
}

/// The service as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// ARN of the task definition that it is set to.
    pub task_definition: String,
    /// Id of its `PRIMARY` deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// ARN of its current service deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_deployment: Option<String>,
}

/// Decides.
///
/// # Errors
/// A [`Refusal`]: the service is not one that can be updated, or someone else's deployment is in
/// progress.
pub fn plan(facts: &Facts<'_>, request: Request) -> Result<Plan, Refusal> {
    refusal::of_kind(facts.service)?;
    let revision = revision(&facts.content);
    let (action, supersedes) = action(facts, request, &revision)?;
    Ok(Plan {
        cluster: facts.cluster.to_owned(),
        service: facts.service.name.clone(),
        family: facts.content.family.to_owned(),
        calls: calls(&revision, action),
        revision,
        action,
        supersedes,
        expected: Expected::of(facts.service),
        publish: None,
        before: Vec::new(),
        after: Vec::new(),
        plugins: Vec::new(),
    })
}

/// Decides on a rollback to a revision that is there, `arn`.
///
/// # Errors
/// As for [`plan`].
pub fn back(
    cluster: &str,
    service: &ServiceView,
    arn: &str,
    why: &str,
    replace: bool,
) -> Result<Plan, Refusal> {
    refusal::of_kind(service)?;
    let on = primary(service).map_or(&service.task_definition, |d| &d.task_definition);
    let moving = standing(service) == Standing::Moving;
    let action = match (on == arn, moving) {
        (true, true) => Action::Follow,
        (true, false) => Action::Nothing,
        (false, true) if !replace => {
            return Err(Refusal::InProgress {
                service: service.name.clone(),
                task_definition: on.clone(),
            });
        }
        (false, _) => Action::Update { force: false },
    };
    let revision = Revision::Reuse {
        arn: arn.to_owned(),
        why: why.to_owned(),
    };
    Ok(Plan {
        cluster: cluster.to_owned(),
        service: service.name.clone(),
        family: family_of(arn).unwrap_or_default().to_owned(),
        calls: calls(&revision, action),
        revision,
        action,
        supersedes: (moving && on != arn).then(|| on.clone()),
        expected: Expected::of(service),
        publish: None,
        before: Vec::new(),
        after: Vec::new(),
        plugins: Vec::new(),
    })
}

impl Plan {
    /// The same with the one-off tasks before and after it, and the parameter that is told what
    /// runs then: their calls are among the others, each in its place.
    #[must_use]
    pub fn around(self, before: Vec<String>, after: Vec<String>, publish: Option<String>) -> Self {
        let registers = usize::from(self.revision == Revision::Register);
        let mut calls = self.calls;
        let update = calls.split_off(registers);
        calls.extend(before.iter().map(|_| "ecs:RunTask"));
        calls.extend(update);
        calls.extend(after.iter().map(|_| "ecs:RunTask"));
        calls.extend(publish.iter().map(|_| PUBLISH));
        Self {
            calls,
            publish,
            before,
            after,
            ..self
        }
    }

    /// Whether a revision, the service or a task comes of it.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.calls.iter().any(|call| *call != PUBLISH)
    }
}

/// What tells a parameter what runs.
const PUBLISH: &str = "ssm:PutParameter";

/// The family in a task definition's ARN.
#[must_use]
pub fn family_of(arn: &str) -> Option<&str> {
    short(arn).rsplit_once(':').map(|(family, _)| family)
}

impl Expected {
    /// The service as it is.
    #[must_use]
    pub fn of(service: &ServiceView) -> Self {
        Self {
            task_definition: service.task_definition.clone(),
            deployment: primary(service).map(|d| d.id.clone()),
            service_deployment: service.current_deployment.clone(),
        }
    }

    /// What is not as it was any more, if anything.
    #[must_use]
    pub fn moved(&self, service: &ServiceView) -> Option<String> {
        let now = Self::of(service);
        if now.task_definition != self.task_definition {
            let (was, is) = (short(&self.task_definition), short(&now.task_definition));
            return Some(format!("the service was on `{was}` and is on `{is}` now"));
        }
        (now != *self).then(|| "another deployment of the service has started".to_owned())
    }
}

/// A revision of the same content, if there is one that may be used: the running one first, so
/// that nothing changes where nothing differs. Content is compared, not believed from a stamp.
#[must_use]
pub fn revision(content: &Content<'_>) -> Revision {
    let equal = |r: &Registered<'_>| {
        family_of(r.arn) == Some(content.family) && same_content(r.definition, content.rendered)
    };
    let ours = |r: &Registered<'_>| !content.stamped || !stamps_of(r.definition).is_empty();
    let reuse = |r: Registered<'_>, why: &str| Revision::Reuse {
        arn: r.arn.to_owned(),
        why: why.to_owned(),
    };
    if let Some(running) = content.running.filter(equal) {
        return reuse(running, "what runs has the same content");
    }
    match content.latest.filter(|l| equal(l) && ours(l)) {
        Some(latest) => reuse(latest, "the latest revision has the same content"),
        None => Revision::Register,
    }
}

fn action(
    facts: &Facts<'_>,
    request: Request,
    revision: &Revision,
) -> Result<(Action, Option<String>), Refusal> {
    let on = primary(facts.service).map_or(&facts.service.task_definition, |d| &d.task_definition);
    let standing = standing(facts.service);
    let wanted = matches!(revision, Revision::Reuse { arn, .. } if arn == on);
    if wanted && !request.force {
        return Ok(match standing {
            Standing::Steady => (Action::Nothing, None),
            Standing::Moving | Standing::Short => (Action::Follow, None),
            Standing::Failed => (Action::Update { force: true }, None),
        });
    }
    let update = Action::Update {
        force: request.force,
    };
    if standing != Standing::Moving {
        return Ok((update, None));
    }
    let placeholder = facts.template_family.is_some() && family_of(on) == facts.template_family;
    if placeholder || request.replace {
        return Ok((update, Some(on.clone())));
    }
    Err(Refusal::InProgress {
        service: facts.service.name.clone(),
        task_definition: on.clone(),
    })
}

fn calls(revision: &Revision, action: Action) -> Vec<&'static str> {
    let mut calls = Vec::new();
    if *revision == Revision::Register {
        calls.push("ecs:RegisterTaskDefinition");
    }
    if let Action::Update { .. } = action {
        calls.extend(["ecs:DescribeServices", "ecs:UpdateService"]);
    }
    calls
}

/// The order in which services are deployed: in each round all whose forerunners (`after`) are in
/// a round before. What is not in `names` is no forerunner. `None` for a circle.
#[must_use]
pub fn rounds(names: &[(String, Vec<String>)]) -> Option<Vec<Vec<String>>> {
    let all: BTreeSet<&String> = names.iter().map(|(name, _)| name).collect();
    let (mut done, mut rounds) = (BTreeSet::new(), Vec::new());
    while done.len() < names.len() {
        let is_ready = |(name, after): &&(String, Vec<String>)| {
            !done.contains(name) && after.iter().all(|a| done.contains(a) || !all.contains(a))
        };
        let round: Vec<String> = names
            .iter()
            .filter(is_ready)
            .map(|(n, _)| n.clone())
            .collect();
        if round.is_empty() {
            return None;
        }
        done.extend(round.iter().cloned());
        rounds.push(round);
    }
    Some(rounds)
}

#[cfg(test)]
mod tests;
