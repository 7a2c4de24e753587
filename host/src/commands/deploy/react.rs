//! What follows from a deployment that did not succeed, where ECS does not go back by itself:
//! `on-failure` and `on-timeout`.

use std::sync::Arc;

use super::{DeployArgs, Ready, request};
use crate::commands::abort::ask;
use crate::commands::back::{self, Of};
use crate::commands::execute::update_to;
use crate::commands::follow::{Track, follow};
use crate::commands::interrupt::Underway;
use crate::commands::looking::{Again, again, found, key, service_of};
use crate::config::Reaction;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Outcome, Verdict, short};
use crate::output::Output;
use crate::plan::{Action, family_of};
use crate::wait::Goal;
use crate::wait::goal::{Standing, standing};
use crate::wait::observation::ServiceDeploymentView;

/// Goes back where the configuration says so and ECS does not do it by itself. The error that
/// ends the run comes out: the one that came in, or that the service is back.
pub async fn react(
    one: &Ready,
    args: &DeployArgs,
    verdict: &Verdict,
    error: Error,
    underway: &Underway,
    out: &mut Output,
) -> Error {
    let deploy = &one.prepared.settings.deploy;
    let timeout = args.timeout.unwrap_or(deploy.timeout).as_secs_f64();
    let (reaction, why) = match verdict.outcome {
        Outcome::Failed => (deploy.on_failure, "on-failure"),
        Outcome::LostSight if verdict.elapsed >= timeout => (deploy.on_timeout, "on-timeout"),
        _ => return error,
    };
    if reaction == Reaction::Leave {
        return error;
    }
    let way = Way {
        one,
        args,
        again: again(one.global(), one.member.name.as_deref()),
        failed: &verdict.task_definition,
        by: why,
    };
    match way.back(verdict.outcome, underway, out).await {
        Ok(Some(Back { now, is_told })) => {
            let message = format!(
                "{error}; by `{why}` the service is back on `{}`",
                short(&now)
            );
            if !is_told {
                out.event(&Event::Verdict(Verdict {
                    outcome: Outcome::RolledBack,
                    now: Some(now),
                    message: Some(message.clone()),
                    hints: Vec::new(),
                    ..verdict.clone()
                }));
            }
            Error::new(ErrorKind::RolledBack, message)
        }
        Ok(None) => error,
        Err(trouble) => {
            let told = format!("`{why} = \"rollback\"` did not bring it back: {trouble}");
            let error = error.hint(told);
            trouble.hints.into_iter().fold(error, Error::hint)
        }
    }
}

/// A service that is back.
struct Back {
    /// ARN of the task definition that it is on.
    now: String,
    /// Whether a verdict of the failed deployment's said so.
    is_told: bool,
}

/// A way back from a deployment.
struct Way<'a> {
    one: &'a Ready,
    args: &'a DeployArgs,
    again: Again,
    /// ARN of the task definition that failed.
    failed: &'a str,
    /// The key that says to go back.
    by: &'static str,
}

impl Way<'_> {
    /// Goes back. `None` where there is nothing to go back from, or nowhere to go, or ECS does it.
    async fn back(
        &self,
        outcome: Outcome,
        underway: &Underway,
        out: &mut Output,
    ) -> Result<Option<Back>, Error> {
        let prepared = &self.one.prepared;
        let (cluster, service) = service_of(&prepared.settings)?;
        let view = found(&prepared.aws, cluster, service).await?;
        let by_ecs = view.circuit_breaker && view.circuit_breaker_rollback;
        let left_to_ecs =
            by_ecs && outcome == Outcome::Failed && standing(&view) == Standing::Moving;
        if back::current(&view) != self.failed || left_to_ecs {
            return Ok(None);
        }
        let template_family = request::template_family(prepared);
        let of = Of {
            aws: &prepared.aws,
            cluster,
            service: &view,
            family: &prepared.settings.family,
            template_family: template_family.as_deref(),
            again: &self.again,
        };
        let same = self.before() == Some(self.failed);
        let target = match same {
            // A new deployment of what ran before: only ECS knows how it was before.
            true => None,
            false => self.target(of, out).await?,
        };
        if target.is_none() && !same {
            out.warn("there is no earlier version of the application to go back to");
            return Ok(None);
        }
        if let Some(native) = in_progress(of).await {
            return match native.status.starts_with("ROLLBACK") {
                true => Ok(None),
                false => self.stop(of, native.arn, underway, out).await,
            };
        }
        match target {
            Some(target) => self.update(of, &target, underway, out).await,
            None => Ok(None),
        }
    }

    /// The task definition that the service was on when this run began, where this run moved it.
    fn before(&self) -> Option<&str> {
        let plan = self.one.plan();
        let moved = matches!(plan.action, Action::Update { .. });
        moved.then_some(plan.expected.task_definition.as_str())
    }

    /// What last ran well or, where nobody can tell, what ran before.
    async fn target(&self, of: Of<'_>, out: &mut Output) -> Result<Option<String>, Error> {
        match back::target(of, out).await {
            Ok(target) => Ok(Some(target.arn)),
            Err(error) if error.kind == ErrorKind::Refused => Ok(None),
            Err(error) => {
                let is_of_template = |arn: &&str| {
                    of.template_family.is_some() && family_of(arn) == of.template_family
                };
                match self.before().filter(|arn| !is_of_template(arn)) {
                    Some(arn) => Ok(back::active(of.aws, arn).await?.map(|found| found.arn)),
                    None => Err(error),
                }
            }
        }
    }

    /// ECS rolls the deployment back.
    async fn stop(
        &self,
        of: Of<'_>,
        arn: String,
        underway: &Underway,
        out: &mut Output,
    ) -> Result<Option<Back>, Error> {
        out.warn(&format!(
            "`{}` rolls the deployment back, the whole service revision of `{}` with it, what infrastructure code changed in it included",
            self.by, of.service.name
        ));
        ask(of.aws, &arn, out).await?;
        let base = Goal {
            candidate: Some(arn),
            before: self.before().map(str::to_owned),
            // The verdict that led here came with all that.
            explained: true,
            heard: of.service.events.iter().map(|e| e.id.clone()).collect(),
            ..Goal::of_service(of.service, Some(self.failed))
        };
        let verdict = self.follow(base, underway, out).await?;
        match verdict.outcome {
            Outcome::RolledBack => Ok(verdict.now.map(|now| Back { now, is_told: true })),
            _ => Err(unsuccessful(verdict)),
        }
    }

    /// The service is updated to what ran well.
    async fn update(
        &self,
        of: Of<'_>,
        target: &str,
        underway: &Underway,
        out: &mut Output,
    ) -> Result<Option<Back>, Error> {
        out.warn(&format!(
            "`{}` puts `{}` back on `{}`",
            self.by,
            of.service.name,
            short(target)
        ));
        let plan = back::planned(of, target, "it last ran well", true).await?;
        let base = update_to(of.aws, &plan, target, &self.again, underway, out).await?;
        let verdict = self.follow(base, underway, out).await?;
        match verdict.outcome {
            Outcome::Succeeded => Ok(Some(Back {
                now: target.to_owned(),
                is_told: false,
            })),
            _ => Err(unsuccessful(verdict)),
        }
    }

    async fn follow(
        &self,
        base: Goal,
        underway: &Underway,
        out: &mut Output,
    ) -> Result<Verdict, Error> {
        let prepared = &self.one.prepared;
        // Failed tasks of what is left are no matter any more.
        let goal = Goal {
            fail_after: None,
            require_running: false,
            ..request::goal(base, prepared, self.args, self.again.clone())
        };
        let track = Track {
            goal,
            aws: Arc::clone(&prepared.aws),
            key: key(self.one.global(), &prepared.settings),
        };
        let verdicts = follow(vec![track], underway, out).await;
        let first = verdicts.into_iter().next();
        first.ok_or_else(|| Error::new(ErrorKind::Bug, "following ended without a verdict"))
    }
}

fn unsuccessful(verdict: Verdict) -> Error {
    let message = verdict.message.unwrap_or_default();
    Error::new(ErrorKind::Failed, message)
}

/// The service deployment that goes on, where that can be seen.
async fn in_progress(of: Of<'_>) -> Option<ServiceDeploymentView> {
    let arn = of.service.current_deployment.clone()?;
    let seen = of.aws.describe_service_deployments(&[arn]).await.ok()?;
    let goes_on = [
        "PENDING",
        "IN_PROGRESS",
        "ROLLBACK_REQUESTED",
        "ROLLBACK_IN_PROGRESS",
    ];
    seen.into_iter()
        .find(|d| goes_on.contains(&d.status.as_str()))
}
