//! `run`: a one-off task of the rendered definition, followed to its end.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::coredump::CoredumpArgs;
use super::deploy::{content, sound};
use super::execute::named;
use super::interrupt::{Underway, interruptible};
use super::looking::{inputs, line};
use super::one_off::{Job, Log, complete, stop};
use super::prepare::{Need, Prepared, Project, prepare};
use super::verify::{self, CheckArgs};
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::plan::revision;
use crate::task_definition::TaskDefinition;
use crate::wait::task::{End, OneOff, Placement, intent};

/// Runs a one-off task of the rendered task definition, with the service's network settings,
/// launch type or capacity providers and volumes, and exits with its code
#[derive(Debug, Args)]
#[command(
    after_help = "What the container writes is shown while it runs, on stdout, where its log driver is awslogs \
                  with a stream prefix; control characters and credentials are masked.\n\nBefore \
                  anything is changed, the checks of `verify` are made, all but `service`: that what the \
                  task definition refers to is there. A fault ends the run with 125, and nothing was \
                  started; `--skip-check` leaves a check out, `deploy.skip-checks` for good.\n\nExits with the container's code; 125 where there is none, or acetate itself failed."
)]
pub struct RunArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    /// The container whose exit code counts, and whose command is replaced [default: the first
    /// essential one]
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
    /// The command in place of the container's own
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
    /// How long to follow it, such as 15m [default: `deploy.timeout`]
    #[arg(long, value_name = "TIME", value_parser = crate::config::duration)]
    timeout: Option<Duration>,
    /// Stop the task at Ctrl-C or SIGTERM; without this it goes on
    #[arg(long)]
    stop_on_interrupt: bool,
    /// Runs of one token are one task: a run with the token of another follows that one's task
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    client_token: Option<String>,
    /// Subnet in place of the service's (can be repeated)
    #[arg(long, value_name = "ID")]
    subnet: Vec<String>,
    /// Security group in place of the service's (can be repeated)
    #[arg(long, value_name = "ID", requires = "subnet")]
    security_group: Vec<String>,
    /// Give the task a public address, with `--subnet`
    #[arg(long, requires = "subnet")]
    public_ip: bool,
    /// FARGATE, EC2 or EXTERNAL in place of the service's launch type or capacity providers
    #[arg(long, value_name = "TYPE")]
    launch_type: Option<String>,
    /// Do not show what the container writes
    #[arg(long)]
    no_logs: bool,
    #[command(flatten)]
    checks: CheckArgs,
    #[command(flatten)]
    coredump: CoredumpArgs,
}

/// A token as ECS takes it, with room for the number of the attempt.
fn token(text: &str) -> Result<String, String> {
    let fits = (1..=56).contains(&text.len());
    if fits && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Ok(text.to_owned());
    }
    Err("expected 1 to 56 letters, digits and `-`".to_owned())
}

/// Runs it. The container's exit code comes out.
///
/// # Errors
/// [`ErrorKind::NoExitCode`] for whatever leaves no exit code, and signals.
pub async fn run(args: RunArgs, global: &Global, out: &mut Output) -> Result<u8, Error> {
    out.stream();
    let underway = Underway::default();
    let mut asked = None;
    let token = args.client_token.clone().unwrap_or_else(unique);
    let done = interruptible(
        &underway,
        task(&args, &token, global, &underway, &mut asked, out),
    )
    .await;
    match done {
        Ok(code) => Ok(code),
        Err(error) if error.kind.is_signal() => {
            Err(match asked.filter(|_| args.stop_on_interrupt) {
                Some((prepared, task)) => stopped(&prepared, &task, error, &underway).await,
                None => error,
            })
        }
        Err(error) => Err(without_code(error)),
    }
}

/// Prepares, registers what is new, and runs. What was asked of AWS is left in `asked`.
async fn task(
    args: &RunArgs,
    token: &str,
    global: &Global,
    underway: &Underway,
    asked: &mut Option<(Prepared, OneOff)>,
    out: &mut Output,
) -> Result<u8, Error> {
    let project = Project::open(global, out)?.dumping(&args.coredump)?;
    let name = args.service.as_deref();
    let need = match project.settings(name, out)?.service {
        Some(_) => Need::Service,
        None => Need::Latest,
    };
    let prepared = prepare(&project, name, need, out).await?;
    sound(&prepared, out)?;
    let launch_type = args.launch_type.as_deref();
    verify::before_a_task(&prepared, launch_type, &args.checks, out).await?;
    let container = container(&prepared.rendered.definition, args.container.as_deref())?;
    let placement = placement(args, &prepared);
    let task_definition = named(&prepared, &revision(&content(&prepared)), out).await?;
    let task = OneOff {
        name: args
            .command
            .first()
            .cloned()
            .unwrap_or_else(|| container.clone()),
        task_definition,
        container,
        command: args.command.clone(),
        intent: token.to_owned(),
    };
    let (prepared, task) = asked.insert((prepared, task));
    let settings = &prepared.settings;
    let resume = line(global, "run", name, &same(args, token, global));
    let job = Job {
        aws: &prepared.aws,
        cluster: settings.cluster.as_deref().unwrap_or("default"),
        of: settings.service.as_deref().unwrap_or(&settings.family),
        task,
        placement: &placement,
        timeout: args.timeout.unwrap_or(settings.deploy.timeout),
        resume: &resume,
        containers: prepared.rendered.definition.containers(),
        log: if args.no_logs { Log::Off } else { Log::Data },
        anew: false,
    };
    match complete(job, underway, out).await? {
        End::Exited(code) => Ok(passed_on(code)),
        End::Unknown(why) => {
            let message = format!("`{}` failed: {why}", job.task.name);
            Err(Error::new(ErrorKind::NoExitCode, message))
        }
    }
}

/// The arguments that pick this run up again.
fn same(args: &RunArgs, token: &str, global: &Global) -> Vec<String> {
    let mut words = vec!["--client-token".to_owned(), token.to_owned()];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    args.container.iter().for_each(|v| option("--container", v));
    args.subnet.iter().for_each(|v| option("--subnet", v));
    args.security_group
        .iter()
        .for_each(|v| option("--security-group", v));
    args.launch_type
        .iter()
        .for_each(|v| option("--launch-type", v));
    words.extend(args.public_ip.then(|| "--public-ip".to_owned()));
    words.extend(args.no_logs.then(|| "--no-logs".to_owned()));
    words.extend(args.checks.words());
    words.extend(inputs(global));
    if !args.command.is_empty() {
        words.push("--".to_owned());
        words.extend(args.command.iter().cloned());
    }
    words
}

/// The container that counts.
fn container(definition: &TaskDefinition, wanted: Option<&str>) -> Result<String, Error> {
    let text = |c: &Value| c.get("name").and_then(Value::as_str).map(str::to_owned);
    let containers = definition.containers();
    let names: Vec<String> = containers.iter().filter_map(text).collect();
    if let Some(wanted) = wanted {
        return match names.iter().any(|name| name == wanted) {
            true => Ok(wanted.to_owned()),
            false => Err(Error::new(
                ErrorKind::Input,
                format!(
                    "there is no container `{wanted}`, only `{}`",
                    names.join("`, `")
                ),
            )),
        };
    }
    let essential = |c: &&Value| c.get("essential") != Some(&Value::Bool(false));
    let first = containers.iter().find(essential).and_then(text);
    first.ok_or_else(|| Error::new(ErrorKind::Input, "the task definition has no container"))
}

/// Where the service's tasks run, changed by what was typed.
fn placement(args: &RunArgs, prepared: &Prepared) -> Placement {
    let service = prepared.service.as_ref();
    let mut placement = service.map_or_else(Placement::default, |s| s.placement.clone());
    if !args.subnet.is_empty() {
        let address = if args.public_ip {
            "ENABLED"
        } else {
            "DISABLED"
        };
        let network = json!({
            "subnets": args.subnet, "securityGroups": args.security_group, "assignPublicIp": address
        });
        let network = json!({ "awsvpcConfiguration": network });
        placement
            .0
            .insert("networkConfiguration".to_owned(), network);
    }
    if let Some(launch_type) = &args.launch_type {
        placement.0.shift_remove("capacityProviderStrategy");
        placement
            .0
            .insert("launchType".to_owned(), launch_type.as_str().into());
    }
    placement
}

/// What the process can pass on: a code that does not fit is never turned into a success.
fn passed_on(code: i32) -> u8 {
    u8::try_from(code & 0xff)
        .ok()
        .filter(|byte| *byte != 0 || code == 0)
        .unwrap_or(1)
}

/// A token that no other run has.
fn unique() -> String {
    use std::hash::BuildHasher as _;
    // Each has random keys of its own.
    let random = || std::hash::RandomState::new().hash_one(0).to_string();
    intent(&[&random(), &random(), &std::process::id().to_string()])
}

/// How long stopping a task may take, once a signal came.
const TO_STOP: Duration = Duration::from_secs(20);

/// Stops the task. A second signal ends that, too.
async fn stopped(prepared: &Prepared, task: &OneOff, error: Error, underway: &Underway) -> Error {
    let cluster = prepared.settings.cluster.as_deref().unwrap_or("default");
    let work = async { Ok(timeout(TO_STOP, stop(&prepared.aws, cluster, task)).await) };
    let unknown = "`--stop-on-interrupt`: whether the task was stopped is not known";
    match interruptible(underway, work).await {
        Err(_signal) => error.hint(unknown),
        Ok(Err(_slow)) => error.hint(format!("{unknown}: there was no answer in time")),
        Ok(Ok(Ok(arns))) if arns.is_empty() => {
            error.hint("`--stop-on-interrupt`: AWS knows no task of this run that could be stopped")
        }
        Ok(Ok(Ok(arns))) => Error::new(
            error.kind,
            format!(
                "ended by a signal; `{}` was told to stop",
                arns.join("`, `")
            ),
        ),
        Ok(Ok(Err(refused))) if refused.maybe_done => error.hint(format!("{unknown}: {refused}")),
        Ok(Ok(Err(refused))) => error.hint(format!("it could not be stopped: {refused}")),
    }
}

/// An error of acetate's own is no exit code of the container's.
fn without_code(error: Error) -> Error {
    if error.kind == ErrorKind::Bug {
        return error;
    }
    let untouched = matches!(error.kind, ErrorKind::AwsRefused | ErrorKind::Faults);
    let error = Error {
        kind: ErrorKind::NoExitCode,
        ..error
    };
    if untouched {
        return error.hint("nothing was started");
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_but_0_becomes_0() {
        let codes = [0, 7, 255, 256, -1, 137].map(passed_on);
        assert_eq!(codes, [0, 7, 255, 1, 255, 137]);
    }

    #[test]
    fn tokens_are_unique_and_fit() {
        assert_ne!(unique(), unique());
        assert!(token(&unique()).is_ok());
        assert!(token(&"x".repeat(57)).is_err() && token("a b").is_err() && token("").is_err());
    }
}
