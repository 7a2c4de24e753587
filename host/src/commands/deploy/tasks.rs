//! The `before` and `after` tasks of a deployment: one-off tasks on its revision, each started
//! once for one deployment however often the run is repeated.

use std::time::Duration;

use super::DeployArgs;
use crate::commands::interrupt::Underway;
use crate::commands::looking::Again;
use crate::commands::one_off::{Job, Log, complete};
use crate::commands::prepare::Prepared;
use crate::config::Step;
use crate::error::{Error, ErrorKind};
use crate::event::short;
use crate::output::Output;
use crate::plan::{Action, Plan, Revision};
use crate::wait::task::{End, OneOff, Placement, intent};

/// Which tasks, and what they are for.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// `before` or `after`.
    pub list: &'static str,
    /// ARN of the revision that they run on.
    pub task_definition: &'a str,
    /// Id of the deployment that they follow: the one before, or ours.
    pub deployment: Option<&'a str>,
    /// How they are followed.
    pub how: Tasks,
}

/// How the tasks of a run are followed.
#[derive(Debug, Clone, Copy)]
pub struct Tasks {
    /// What becomes of their logs.
    pub log: Log,
    /// How long each is followed; the configuration's time where nothing is said.
    pub timeout: Option<Duration>,
}

/// Runs the tasks before the service moves.
///
/// # Errors
/// [`ErrorKind::BeforeFailed`] where one does not end well, AWS's refusals where one cannot be
/// started or seen; the service is untouched.
pub async fn before(
    prepared: &Prepared,
    plan: &Plan,
    task_definition: &str,
    how: Tasks,
    again: &Again,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let of = Of {
        list: "before",
        task_definition,
        deployment: plan.expected.deployment.as_deref(),
        how,
    };
    let steps = &prepared.settings.before;
    let done = run(prepared, of, steps, again, underway, out).await;
    done.map_err(|error| failed_before(error, plan))
}

fn failed_before(error: Error, plan: &Plan) -> Error {
    let untouched = format!("`{}` is untouched", plan.service);
    let kind = match error.kind {
        // No task failed: whoever looks for what is wrong looks at AWS, not at the task.
        ErrorKind::AwsRefused if plan.revision == Revision::Register => {
            ErrorKind::AwsRefusedAfterChange
        }
        kind if is_of_aws(kind) => kind,
        _ => ErrorKind::BeforeFailed,
    };
    Error { kind, ..error }.hint(untouched)
}

/// Whether AWS refused to start a task, or to show it.
pub const fn is_of_aws(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AwsRefused | ErrorKind::AwsRefusedAfterChange
    )
}

/// Runs the tasks after the service has moved.
///
/// # Errors
/// [`ErrorKind::Failed`] where one does not end well, AWS's refusals where one cannot be started
/// or seen.
pub async fn after(
    prepared: &Prepared,
    task_definition: &str,
    deployment: Option<&str>,
    how: Tasks,
    again: &Again,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let of = Of {
        list: "after",
        task_definition,
        deployment,
        how,
    };
    let steps = &prepared.settings.after;
    let done = run(prepared, of, steps, again, underway, out).await;
    done.map_err(|error| match is_of_aws(error.kind) {
        true => error,
        false => Error {
            kind: ErrorKind::Failed,
            ..error
        },
    })
}

async fn run(
    prepared: &Prepared,
    of: Of<'_>,
    steps: &[Step],
    again: &Again,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let settings = &prepared.settings;
    let cluster = settings.cluster.as_deref().unwrap_or("default");
    let service = settings.service.as_deref().unwrap_or(&settings.name);
    let none = Placement::default();
    let placement = prepared.service.as_ref().map_or(&none, |s| &s.placement);
    for (index, step) in steps.iter().enumerate() {
        let task = one_off(step, of, cluster, service);
        let job = Job {
            aws: &prepared.aws,
            cluster,
            of: service,
            task: &task,
            placement,
            timeout: of.how.timeout.unwrap_or(settings.deploy.timeout),
            resume: &again.deploy,
            containers: prepared.rendered.definition.containers(),
            log: of.how.log,
            anew: true,
        };
        let end = complete(job, underway, out).await;
        let end = end.map_err(|error| refused(error, of, step, index))?;
        let why = match end {
            End::Exited(0) => continue,
            End::Exited(code) => format!("container `{}` exited with {code}", step.container),
            End::Unknown(why) => why,
        };
        let on = short(of.task_definition);
        let message = format!(
            "the {} task `{}` on `{on}` failed: {why}",
            of.list, step.name
        );
        return Err(Error::new(ErrorKind::Failed, message));
    }
    Ok(())
}

/// Says which task AWS refused, and that those in front of it were run.
fn refused(error: Error, of: Of<'_>, step: &Step, index: usize) -> Error {
    if error.kind != ErrorKind::AwsRefused {
        return error;
    }
    let on = short(of.task_definition);
    let error = error.hint(format!(
        "the {} task `{}` on `{on}` was not started",
        of.list, step.name
    ));
    match index {
        0 => error,
        _ => Error {
            kind: ErrorKind::AwsRefusedAfterChange,
            ..error
        }
        .hint(format!("{index} before it ended well")),
    }
}

/// The task of a step. The same deployment of the same revision gives the same tokens.
fn one_off(step: &Step, of: Of<'_>, cluster: &str, service: &str) -> OneOff {
    let command = step.command.join("\0");
    let words = [
        of.list,
        cluster,
        service,
        &step.name,
        &step.container,
        &command,
        of.task_definition,
        of.deployment.unwrap_or_default(),
    ];
    OneOff {
        name: step.name.clone(),
        task_definition: of.task_definition.to_owned(),
        container: step.container.clone(),
        command: step.command.clone(),
        intent: intent(&words),
    }
}

/// The names of the tasks that run before and after, for the plan.
pub fn names(args: &DeployArgs, prepared: &Prepared, plan: &Plan) -> (Vec<String>, Vec<String>) {
    let settings = &prepared.settings;
    let names = |steps: &[Step]| steps.iter().map(|step| step.name.clone()).collect();
    if args.skip_tasks {
        return (Vec::new(), Vec::new());
    }
    let before = match plan.action {
        Action::Update { .. } => names(&settings.before),
        Action::Nothing | Action::Follow => Vec::new(),
    };
    (before, names(&settings.after))
}

/// The containers that steps name must be there.
///
/// # Errors
/// [`ErrorKind::Input`].
pub fn check(prepared: &Prepared) -> Result<(), Error> {
    let settings = &prepared.settings;
    let containers = prepared.rendered.definition.containers();
    let is_there = |step: &Step| {
        let name =
            |c: &serde_json::Value| c.get("name").and_then(|n| n.as_str()).map(str::to_owned);
        containers
            .iter()
            .any(|c| name(c).as_ref() == Some(&step.container))
    };
    let mut steps = settings.before.iter().chain(&settings.after);
    match steps.find(|step| !is_there(step)) {
        Some(step) => Err(Error::new(
            ErrorKind::Input,
            format!(
                "the task `{}` of `{}` names the container `{}`, which the task definition does not have",
                step.name, settings.name, step.container
            ),
        )
        .hint(format!("set `container` in `[before.{0}]` or `[after.{0}]` of acetate.toml", step.name))),
        None => Ok(()),
    }
}
