//! One-off tasks: started once however often they are asked for, followed to their ends.

mod log;

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::interrupt::Underway;
use crate::aws::{Aws, CallError, Class};
use crate::error::{Error, ErrorKind};
use crate::event::{ContainerEnd, Event, TaskEnded, TaskStarted, TaskStatus, Why, seconds};
use crate::output::Output;
use crate::wait::task::{self, End, OneOff, Placement, TaskView};
use crate::wait::why::{self, Evidence, of_task};

pub use log::Log;

/// Looks in a row that do not find the task until it counts as gone. AWS knows a new one late.
const MISSES: u32 = 8;
/// Tasks of earlier runs that may have failed before a new one is started.
const ATTEMPTS: u32 = 50;

/// A task to run, and whose it is.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// AWS, as the service's configuration reaches it.
    pub aws: &'a Aws,
    /// Cluster to run in.
    pub cluster: &'a str,
    /// What events name it by: the service or, without one, the family.
    pub of: &'a str,
    /// The task.
    pub task: &'a OneOff,
    /// Where it runs.
    pub placement: &'a Placement,
    /// How long it is followed.
    pub timeout: Duration,
    /// The command that picks it up again.
    pub resume: &'a str,
    /// The containers of its task definition.
    pub containers: &'a [Value],
    /// What becomes of its log.
    pub log: Log,
    /// A task of an earlier run that did not end well is no answer: another one is started.
    pub anew: bool,
}

/// Runs the task to its end. Where an earlier run of the same intent has started it, that task is
/// followed; one that ended well is not started again, one that did not is.
///
/// # Errors
/// AWS's refusals, and [`ErrorKind::Failed`] where RunTask starts nothing;
/// [`ErrorKind::LostSight`] where the end was not seen.
pub async fn complete(job: Job<'_>, underway: &Underway, out: &mut Output) -> Result<End, Error> {
    let name = &job.task.name;
    for attempt in 0..ATTEMPTS {
        underway.set(
            job.of,
            format!("the task `{name}` was asked for"),
            job.resume,
        );
        let started = start(job, attempt).await?;
        let before = task::end(&started, &job.task.container);
        match before {
            Some(end) if end == End::Exited(0) || !job.anew => {
                out.note(&format!(
                    "`{name}` was done before: task `{}`",
                    short(&started.end.arn)
                ));
                out.event(&Event::TaskEnded(ended(job, started, &end, Duration::ZERO)));
                underway.clear(job.of);
                return Ok(end);
            }
            Some(_) => continue,
            None => {}
        }
        out.event(&Event::TaskStarted(TaskStarted {
            service: job.of.to_owned(),
            name: name.clone(),
            task: started.end.arn.clone(),
            task_definition: job.task.task_definition.clone(),
        }));
        let what = format!(
            "the task `{}` of `{name}` goes on in AWS",
            short(&started.end.arn)
        );
        underway.set(job.of, what, job.resume);
        let end = follow(job, &started, out).await?;
        underway.clear(job.of);
        return Ok(end);
    }
    let message = format!("`{name}` failed {ATTEMPTS} times for this deployment");
    Err(Error::new(ErrorKind::Failed, message))
}

async fn start(job: Job<'_>, attempt: u32) -> Result<TaskView, Error> {
    let body = job.task.request(job.cluster, job.placement, attempt);
    let answer = job.aws.run_task(&body).await;
    let started = answer.map_err(|error| match error.maybe_done {
        true => maybe_started(job, error),
        false => placed_nowhere(error),
    })?;
    started.map_err(|why| {
        let message = format!("`{}` was not started: {why}", job.task.name);
        let evidence = Evidence {
            said: vec![(1, vec![format!("RunTask: {why}")])],
            written: Vec::new(),
        };
        let error = Error::new(ErrorKind::Failed, message);
        match why::why(job.of, &evidence).into_iter().next() {
            Some(why) => error.hint(format!("{}: check {}", why.message, why.check)),
            None => error,
        }
    })
}

/// AWS's refusal; a task without a service has no network of its own.
fn placed_nowhere(error: CallError) -> Error {
    let lacks_network = error.message.contains("Network Configuration must be");
    let error = error.into_error(false);
    match lacks_network {
        true => error.hint(
            "`run` takes `--subnet` and `--security-group`, or the network of the `service` in acetate.toml",
        ),
        false => error,
    }
}

/// The answer was lost: the same token starts no second task, a new one would.
fn maybe_started(job: Job<'_>, error: CallError) -> Error {
    let resume = job.resume;
    Error::new(ErrorKind::AwsRefusedAfterChange, error).hint(format!(
        "AWS may have started it all the same; `{resume}` follows that task, or starts it where there is none"
    ))
}

/// Looks at a task until it ended.
async fn follow(job: Job<'_>, started: &TaskView, out: &mut Output) -> Result<End, Error> {
    let start = Instant::now();
    let (mut status, mut misses) = (started.status.clone(), 0);
    let mut trouble: Option<CallError> = None;
    let mut log = log::Followed::new(job, job.containers, &started.end.arn, out);
    loop {
        let elapsed = start.elapsed();
        if elapsed >= job.timeout {
            // Nobody knows how a task does that AWS does not show.
            return Err(match trouble {
                Some(error) => unseen(job, started, error),
                None => {
                    let time = seconds(job.timeout.as_secs_f64());
                    lost(job, started, &format!("is not done within {time}"))
                }
            });
        }
        let pause = Duration::from_secs_f64(task::pause(elapsed.as_secs_f64()));
        sleep(pause.min(job.timeout.saturating_sub(elapsed))).await;
        let view = match job.aws.task(job.cluster, &started.end.arn).await {
            Ok(Some(view)) => view,
            Ok(None) => {
                misses += 1;
                if misses >= MISSES {
                    return Ok(End::Unknown(
                        "AWS does not know the task any more".to_owned(),
                    ));
                }
                continue;
            }
            Err(error) if passes(&error) => {
                if trouble.is_none() {
                    out.note(&format!("no answer about the task, looking again: {error}"));
                }
                trouble = Some(error);
                continue;
            }
            Err(error) => return Err(unseen(job, started, error)),
        };
        (misses, trouble) = (0, None);
        if let Some(end) = task::end(&view, &job.task.container) {
            if view
                .end
                .containers
                .iter()
                .any(|(_, code, _)| code.is_some())
            {
                log.drain(out).await;
            }
            let ended = ended(job, view, &end, elapsed);
            if let Some(why) = cause(&ended, log.last_lines()).filter(|_| end != End::Exited(0)) {
                out.event(&Event::Why(why));
            }
            out.event(&Event::TaskEnded(ended));
            return Ok(end);
        }
        if view.status != status {
            status.clone_from(&view.status);
            out.event(&Event::TaskStatus(TaskStatus {
                service: job.of.to_owned(),
                name: job.task.name.clone(),
                status: view.status.clone(),
            }));
        }
        if !["PROVISIONING", "PENDING", "ACTIVATING"].contains(&view.status.as_str()) {
            log.tell(out).await;
        }
    }
}

/// Why it most likely failed. Codes of its own are its own to explain.
fn cause(ended: &TaskEnded, written: Vec<String>) -> Option<Why> {
    const OWN: [&str; 2] = ["exited", "ended"];
    let (code, reason) = (ended.stop_code.as_deref(), ended.reason.as_deref());
    let said = vec![(1, of_task(code, reason, &ended.containers))];
    why::why(&ended.service, &Evidence { said, written })
        .into_iter()
        .next()
        .filter(|why| !OWN.contains(&why.cause.as_str()))
}

/// Whether another look may be answered.
fn passes(error: &CallError) -> bool {
    matches!(
        error.class,
        Class::Throttled | Class::Server | Class::Network | Class::Malformed
    )
}

fn lost(job: Job<'_>, started: &TaskView, what: &str) -> Error {
    let (id, name) = (short(&started.end.arn), &job.task.name);
    let message = format!("the task `{id}` of `{name}` {what}");
    Error::new(ErrorKind::LostSight, message).hint(goes_on(job))
}

fn goes_on(job: Job<'_>) -> String {
    format!("it goes on in AWS; `{}` picks it up again", job.resume)
}

/// AWS does not show the task: nothing is known to be wrong with it.
fn unseen(job: Job<'_>, started: &TaskView, error: CallError) -> Error {
    let lost = lost(job, started, &format!("cannot be seen: {error}"));
    let kind = ErrorKind::AwsRefusedAfterChange;
    let hints = error.into_error(true).hints.into_iter();
    hints.fold(Error { kind, ..lost }, Error::hint)
}

fn ended(job: Job<'_>, view: TaskView, end: &End, elapsed: Duration) -> TaskEnded {
    let containers = view.end.containers.into_iter();
    let containers = containers.map(|(name, exit_code, reason)| ContainerEnd {
        name,
        exit_code,
        reason,
    });
    TaskEnded {
        service: job.of.to_owned(),
        name: job.task.name.clone(),
        task: view.end.arn,
        exit_code: match end {
            End::Exited(code) => Some(*code),
            End::Unknown(_) => None,
        },
        stop_code: view.end.stop_code,
        reason: view.end.reason,
        containers: containers.collect(),
        elapsed: elapsed.as_secs_f64(),
    }
}

/// Stops what runs of a task, whether its ARN is known or not.
///
/// # Errors
/// AWS's refusals.
pub async fn stop(aws: &Aws, cluster: &str, task: &OneOff) -> Result<Vec<String>, CallError> {
    let arns = aws.tasks_started_by(cluster, &task.started_by()).await?;
    for arn in &arns {
        aws.stop_task(cluster, arn, "stopped by acetate: the run was interrupted")
            .await?;
    }
    Ok(arns)
}

/// The id at the end of a task's ARN.
fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
