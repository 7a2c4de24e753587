//! `acetate local`: the embedded ECS endpoint, by itself or around one command.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use clap::ValueEnum;
use serde_json::{Map, Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::local::{self, Running, World};
use crate::output::Output;

/// What `acetate local` takes.
#[derive(Debug, clap::Args)]
pub struct LocalArgs {
    /// Port on 127.0.0.1; any free one where none is given
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub port: u16,
    /// What exists and what will happen (TOML or JSON); a service `web` to practise on where none is given
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// Milliseconds that each answer takes at least
    #[arg(long, value_name = "MS")]
    pub latency: Option<u64>,
    /// An acetate command to run against the endpoint, such as `deploy`; its exit code is ours
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Serves until it is interrupted, or for as long as the command runs. Returns the exit code.
///
/// # Errors
/// Input: a world that does not hold together, a port that is taken.
pub async fn run(args: LocalArgs, global: &Global, out: &mut Output) -> Result<u8, Error> {
    let mut world = match &args.world {
        Some(file) => World::read(file)?,
        None => World::practice(),
    };
    world.latency_ms = args.latency.unwrap_or(world.latency_ms);
    let running = local::start(world, ([127, 0, 0, 1], args.port).into())?;
    // From here on a Ctrl-C does not end this process by itself: the command hears it too, and
    // has something to say before the endpoint goes away.
    let mut interrupted =
        signal(SignalKind::interrupt()).map_err(|e| Error::new(ErrorKind::Bug, e))?;
    if args.command.is_empty() {
        announce(&running, out);
        interrupted.recv().await;
        return Ok(0);
    }
    out.note(&format!("practising on {}: this is not ECS", running.url()));
    let mut command = passed_on(global);
    command.extend(args.command);
    let ended = tokio::task::spawn_blocking(move || around(&running, &command)).await;
    let ended = ended.map_err(|e| Error::new(ErrorKind::Bug, e))?;
    Ok(code(ended.map_err(|e| Error::new(ErrorKind::Bug, e))?))
}

/// One line for a shell, or a document for a machine.
fn announce(running: &Running, out: &mut Output) {
    let environment = running.environment();
    if out.is_json() {
        let variables = environment
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)));
        out.json(&json!({"url": running.url(), "environment": variables.collect::<Map<_, _>>()}));
        return;
    }
    let pairs: Vec<String> = environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    out.data(&format!("export {}", pairs.join(" ")));
    out.note("a practice ground, not ECS; Ctrl-C ends it");
}

/// The options of every verb that stood before the `--`: they are meant for the command too.
fn passed_on(global: &Global) -> Vec<OsString> {
    let named = global.configs.iter();
    let mut options: Vec<OsString> = named
        .flat_map(|config| ["--config".into(), config.clone().into()])
        .collect();
    if let Some(environment) = &global.environment {
        options.extend(["--environment".into(), environment.into()]);
    }
    for (name, value) in &global.set {
        options.extend(["--set".into(), format!("{name}={value}").into()]);
    }
    for (name, value) in [
        ("--format", global.format.to_possible_value()),
        ("--color", global.color.to_possible_value()),
    ] {
        let value = value.expect("invariant: no value of these options is hidden");
        options.extend([name.into(), value.get_name().into()]);
    }
    options.extend(global.quiet.then(|| "--quiet".into()));
    options.extend((0..global.verbose).map(|_| "--verbose".into()));
    options
}

/// Variables that would lead a command past the endpoint, to somewhere real.
const ELSEWHERE: [&str; 10] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_SESSION_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_ENDPOINT_URL_ECS",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_S3",
];

/// Runs an acetate command with the environment that the endpoint asks for, and none of the
/// settings that would lead it elsewhere.
fn around(running: &Running, command: &[OsString]) -> std::io::Result<ExitStatus> {
    let mut child = Command::new(std::env::current_exe()?);
    for elsewhere in ELSEWHERE {
        child.env_remove(elsewhere);
    }
    child.args(command).envs(running.environment());
    child.env("AWS_EC2_METADATA_DISABLED", "true");
    child.status()
}

/// The exit code as a shell tells it: 128 and the signal's number where a signal ended it.
fn code(ended: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let number = ended.code().or_else(|| ended.signal().map(|s| 128 + s));
    number
        .and_then(|n| u8::try_from(n).ok())
        .unwrap_or(ErrorKind::Bug.exit_code())
}
