//! The verbs: arguments in, core and rim called, events to output. One file a verb.

pub mod abort;
mod back;
mod busy;
pub mod carry_on;
mod ci;
pub mod completions;
mod coredump;
pub mod deploy;
pub mod diff;
mod difference;
mod execute;
pub mod explain;
mod fleet;
mod follow;
pub mod history;
pub mod init;
mod interrupt;
#[cfg(feature = "local")]
pub mod local;
mod logs;
mod looking;
pub mod man;
mod one_off;
pub mod permissions;
pub mod plan;
pub mod plugin;
pub mod prepare;
pub mod provenance;
pub mod prune;
mod publish;
pub mod register;
pub mod render;
pub mod rollback;
pub mod run;
pub mod schema;
pub mod show;
pub mod status;
pub mod validate;
pub mod verify;
pub mod wait;

use std::ffi::OsString;
use std::pin::Pin;

use clap::Parser;

use crate::cli::{self, Cli, Command, Global};
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::output::{self, Output, OutputOptions};
use crate::plugin::run_component;
use crate::store::{self, Store};

/// The exit codes, as `acetate help exit-codes` prints them.
pub const EXIT_CODES: &str = "\
What the exit codes mean

  0  done; for deploy: what this run asked for is what runs
  1  bad configuration, input, template or plugin; nothing was changed
  2  bad command line
  3  differences (`diff --exit-code`), not fresh and steady (`status --exit-code`)
  4  refused, nothing was changed: ownership, conflict, grant, policy, account guard,
     the world moved since the plan, someone else's deployment in progress
  5  `validate` or `verify` found faults
  6  the deployment failed and the service is back on the revision before
  7  the deployment failed and the service is not known to be back
  8  time ran out, or sight of it was lost; the deployment goes on
  9  another deployment took over after ours was accepted
 10  AWS refused (credentials, permission, throttled to the end); nothing was changed
 11  AWS refused; something was or may have been changed, and the message says what
 12  a `before` task failed; the service is untouched
 70  a bug in acetate
125  `run` has no exit code of the container to pass on: acetate itself failed, or the task
     has none
130  ended by Ctrl-C
143  ended by SIGTERM

Of several services the worst counts, in the order of this table from 11 down, 70 above all
and 12 between 6 and 5.
`run` exits with the container's code.";

/// Runs one command line, program name first; returns the exit code.
#[must_use]
pub fn main(arguments: Vec<OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli.complete(),
        // Help and the version are no error and go to stdout; clap knows.
        Err(talk) => {
            return talk
                .print()
                .map_or(ErrorKind::Bug.exit_code(), |()| usage_code(&talk));
        }
    };
    // Before anything is there that it has no use for.
    if let Command::RunComponent(args) = &cli.command {
        return run_component(args);
    }
    let mut out = Output::new(options(&cli.global));
    let writable = ci::check_outputs(&cli.global);
    if let Some(mut ci) = ci::options(&cli.global, &cli.command) {
        ci.dotenv = ci.dotenv.filter(|_| writable.is_ok());
        out = out.telling(ci);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = match runtime {
        _ if writable.is_err() => writable.map(|()| 0),
        Ok(runtime) => {
            let result = runtime.block_on(run(cli, &mut out));
            // A blocked thread (a stuck name lookup, say) is not waited for.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(Error::new(ErrorKind::Bug, error)),
    };
    let result = result.and_then(|code| out.finish().map(|()| code));
    if let Err(error) = &result {
        // Differences were printed, and are no error but an answer.
        if !matches!(
            error.kind,
            ErrorKind::Differs | ErrorKind::DiffersAsTerraform
        ) {
            out.error(error);
        }
        if error.kind == ErrorKind::AwsRefused {
            out.note("nothing was changed");
        }
    }
    let code = result.unwrap_or_else(|error| error.kind.exit_code());
    out.told(code);
    code
}

/// Runs the verb; the exit code where it went well, which is 0 but for `local` and `run`:
/// they end as the command or the container did that they are around. Each is boxed: a future has room for all that it may ever
/// hold, and the largest verb's would be moved about the stack for every other.
async fn run(cli: Cli, out: &mut Output) -> Result<u8, Error> {
    let global = &cli.global;
    one_configuration(&cli)?;
    one_value(&global.set)?;
    let done = match cli.command {
        #[cfg(feature = "local")]
        Command::Local(args) => return boxed(|| local::run(args, global, out)).await,
        Command::Init(args) => boxed(|| init::run(args, global, out)).await,
        Command::Schema(args) => schema::run(&args, global, out),
        Command::Show(args) => boxed(|| show::run(args, global, out)).await,
        Command::Render(args) => boxed(|| render::run(args, global, out)).await,
        Command::Explain(args) => boxed(|| explain::run(args, global, out)).await,
        Command::Validate(args) => boxed(|| validate::run(args, global, out)).await,
        Command::Verify(args) => boxed(|| verify::run(args, global, out)).await,
        Command::Diff(args) => boxed(|| diff::run(args, global, out)).await,
        Command::Deploy(args) => boxed(|| deploy::run(args, global, out)).await,
        Command::Rollback(args) => boxed(|| rollback::run(args, global, out)).await,
        Command::History(args) => boxed(|| history::run(args, global, out)).await,
        Command::Plan(args) => boxed(|| plan::run(args, global, out)).await,
        Command::Register(args) => boxed(|| register::run(args, global, out)).await,
        Command::Status(args) => boxed(|| status::run(args, global, out)).await,
        Command::Wait(args) => boxed(|| wait::run(args, global, out)).await,
        Command::Run(args) => return boxed(|| run::run(args, global, out)).await,
        Command::Continue(args) => boxed(|| carry_on::run(args, global, out)).await,
        Command::Abort(args) => boxed(|| abort::run(args, global, out)).await,
        Command::Permissions(args) => boxed(|| permissions::run(args, global, out)).await,
        Command::Plugin(args) => plugin::run(&args, global, out).await,
        Command::Completions(args) => completions::run(&args, global, out),
        Command::Man(args) => man::run(&args, global, out),
        Command::CompileComponent(args) => return Ok(store::compile(&args)),
        Command::RunComponent(args) => return Ok(run_component(&args)),
        Command::ExitCodes => {
            out.data(&format!("{EXIT_CODES}\n"));
            Ok(())
        }
    };
    done.map(|()| 0)
}

/// Most verbs are about one configuration.
///
/// # Errors
/// [`ErrorKind::Usage`] for several.
fn one_configuration(cli: &Cli) -> Result<(), Error> {
    let verb = match &cli.command {
        _ if cli.global.configs.len() < 2 => return Ok(()),
        Command::Plan(_) | Command::Status(_) | Command::Verify(_) => return Ok(()),
        Command::Deploy(args) if args.takes_several() => return Ok(()),
        Command::Diff(args) if args.takes_several() => return Ok(()),
        Command::Validate(args) if args.takes_several() => return Ok(()),
        Command::Diff(_) | Command::Validate(_) => "a recording",
        Command::Deploy(_) => {
            let message = "`deploy --plan` takes the configurations that the plan names";
            return Err(Error::new(ErrorKind::Usage, message).hint("leave `-c` out"));
        }
        other => &format!("`{}`", ci::verb(other)),
    };
    let message = format!("{verb} takes one configuration");
    Err(Error::new(ErrorKind::Usage, message)
        .hint("`deploy`, `plan`, `status`, `diff`, `validate` and `verify` take several, `-c a.toml -c b.toml`"))
}

/// Which of two values was meant is not known.
///
/// # Errors
/// [`ErrorKind::Usage`] for an input that is given twice with different values.
fn one_value(set: &[(String, String)]) -> Result<(), Error> {
    let differs = |(name, value): &&(String, String)| {
        set.iter()
            .any(|(other, another)| other == name && another != value)
    };
    let Some((name, _)) = set.iter().find(differs) else {
        return Ok(());
    };
    let message = format!("`--set {name}=…` is given twice, with different values");
    Err(Error::new(ErrorKind::Usage, message).hint("leave one of them out"))
}

/// Made in a frame of its own: in the caller's there would be room for each of them, and a frame is
/// touched page by page.
#[inline(never)]
fn boxed<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(make())
}

/// What the store of compiled code has to say: notes for whoever wants more, warnings for all.
fn told(store: &Store, out: &mut Output) {
    for event in store.told() {
        if out.verbosity() > 0 || matches!(event, Event::Warning { .. }) {
            out.event(&event);
        }
    }
}

fn usage_code(talk: &clap::Error) -> u8 {
    if talk.use_stderr() {
        ErrorKind::Usage.exit_code()
    } else {
        0
    }
}

fn options(global: &Global) -> OutputOptions {
    OutputOptions {
        format: match global.format {
            cli::Format::Text => output::Format::Text,
            cli::Format::Json => output::Format::Json,
        },
        quiet: global.quiet,
        verbose: global.verbose,
        color: match global.color {
            cli::Color::Auto => output::Color::Auto,
            cli::Color::Always => output::Color::Always,
            cli::Color::Never => output::Color::Never,
        },
    }
}
