//! The process that compiles and runs one plugin: this program once more, with a pipe in and a
//! pipe out.

use std::io::{Stdin, Stdout, stdin, stdout};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::message::{Ended, Heard, Last, Outcome, Said, Task};
use super::seclude::seclude;
use super::wire::{self, Unread};
use crate::config::limits::{Limits, MEMORIES};
use crate::plugin::error::{PluginError, Told};
use crate::plugin::load::{self, PluginSource};
use crate::plugin::lookups::{Late, Lookups, Question, Replied};
use crate::plugin::run::{self, attempt};
use crate::plugin::runtime::Runtime;
use crate::store::{CompileLimits, NO_MEMORY, UNLIMITED, confine, use_threads};

/// The hidden verb.
const VERB: &str = "run-component";
/// Exit code where there is nobody to talk to, or no sense in what is said.
const NO_TASK: u8 = 1;
/// Bytes of address space that a memory of a plugin takes besides its size, so that it can grow.
const ROOM_TO_GROW: u64 = 256 << 20;

/// Compiles and runs the plugin on stdin, with nothing but a pipe to ask and answer on
#[derive(Debug, Clone, Copy, Args)]
pub struct ApartArgs {
    /// Bytes of memory to compile
    #[arg(long, value_name = "BYTES")]
    memory: u64,
    /// Bytes of memory to run
    #[arg(long, value_name = "BYTES")]
    most: u64,
    /// Seconds of all processors
    #[arg(long, value_name = "SECONDS")]
    cpu: u64,
    /// Threads that compile
    #[arg(long, value_name = "COUNT")]
    threads: usize,
}

impl ApartArgs {
    /// The command line that reads back as these limits.
    pub fn arguments(compile: &CompileLimits, limits: &Limits) -> Vec<String> {
        let plugin = 2 * limits.memory as u64 + MEMORIES.default * ROOM_TO_GROW;
        // Unlike a process that only compiles, it also loads the code: that lies there twice then.
        let memory = compile.memory + 2 * compile.code as u64;
        let amounts = [
            ("--memory", memory),
            ("--most", memory + plugin),
            ("--cpu", compile.cpu.as_secs().max(1)),
            ("--threads", compile.threads as u64),
        ];
        let amounts = amounts.map(|(name, amount)| [name.to_owned(), amount.to_string()]);
        std::iter::once(VERB.to_owned())
            .chain(amounts.into_iter().flatten())
            .collect()
    }
}

/// The whole life of the process; gives its exit code.
#[must_use]
pub fn main(args: &ApartArgs) -> u8 {
    if confine((args.memory, args.most), args.cpu).is_err() {
        return UNLIMITED;
    }
    let mut pipe = Pipe(stdin(), stdout());
    let (task, component) = match pipe.task() {
        Ok(told) => told,
        Err(code) => return code,
    };
    // Nothing of the component was looked at up to here.
    let lacks = seclude();
    if use_threads(args.threads).is_err() {
        return NO_MEMORY;
    }
    let pipe = Arc::new(Mutex::new(pipe));
    let said = run(task, component, Arc::clone(&pipe), &lacks);
    let said = said.and_then(|said| {
        let mut pipe = pipe.lock().map_err(|_| NO_TASK)?;
        pipe.say(&said).map_err(|_| NO_TASK)
    });
    said.map_or_else(|code| code, |()| 0)
}

/// Compiles and runs.
///
/// # Errors
/// The exit code where there is no sense in the task, or no memory to begin with.
fn run(task: Task, component: Vec<u8>, pipe: Arc<Mutex<Pipe>>, lacks: &[&str]) -> Result<Said, u8> {
    let limits = task.limits();
    // Nothing but memory is missing where the engine that serves everybody cannot be made.
    let runtime = Runtime::of_its_own(task.coredumps, !lacks.contains(&"seccomp"));
    let runtime = runtime.map_err(|_| NO_MEMORY)?;
    let source = PluginSource::Component {
        name: task.name.clone(),
        bytes: component,
    };
    let plugin = match load::load(&runtime, source, &limits) {
        Ok(plugin) => plugin,
        Err(error) => return Ok(Said::Refused(error.to_string())),
    };
    raise_memory();
    let kind = task.kind;
    let (entry, draft) = task.begin().ok_or(NO_TASK)?;
    let ended = attempt(
        &plugin,
        kind,
        draft,
        &entry,
        Arc::new(Asking(pipe)),
        &limits,
    )
    .map_err(|_| NO_TASK)?;
    let run::Ended {
        result,
        state,
        used,
        ..
    } = ended;
    let outcome = match result {
        Ok(None) => Outcome::Done,
        Ok(Some(failure)) => Outcome::GaveUp(failure),
        Err(PluginError::Limit { exceeded, told, .. }) => Outcome::Limit {
            name: exceeded.limit.to_owned(),
            used: exceeded.used,
            told: last(*told),
        },
        Err(PluginError::Trap { trap, told, .. }) => Outcome::Trap {
            trap,
            told: last(*told),
        },
        Err(_) => return Err(NO_TASK),
    };
    let lacks = lacks.iter().map(|lacking| (*lacking).to_owned());
    let ended = Ended::new(outcome, state, &used, lacks.collect());
    Ok(Said::Ended(Box::new(ended)))
}

fn last(told: Told) -> Last {
    let encoded = |dump: crate::plugin::error::Coredump| aws_smithy_types::base64::encode(dump.0);
    Last {
        last_edit: told.last_edit,
        last_call: told.last_call,
        backtrace: told.backtrace,
        coredump: told.coredump.map(encoded),
    }
}

/// Compiling is over: the plugin's memory has limits of its own, and takes much address space.
fn raise_memory() {
    let maximum = getrlimit(Resource::As).maximum;
    let most = Rlimit {
        current: maximum,
        maximum,
    };
    // Where it cannot be raised, the plugin has less.
    let _as_it_is = setrlimit(Resource::As, most);
}

/// Both ends of what this process has to do with the world.
struct Pipe(Stdin, Stdout);

impl Pipe {
    fn task(&mut self) -> Result<(Task, Vec<u8>), u8> {
        let told = |unread| match unread {
            Unread::NoRoom => NO_MEMORY,
            Unread::Gone | Unread::TooLong => NO_TASK,
        };
        let task = wire::read(&mut self.0, u64::MAX).map_err(told)?;
        let component = wire::read(&mut self.0, u64::MAX).map_err(told)?;
        let task = serde_json::from_slice(&task).map_err(|_| NO_TASK)?;
        Ok((task, component))
    }

    fn say(&mut self, said: &Said) -> std::io::Result<()> {
        let said = serde_json::to_vec(said)?;
        wire::write(&mut self.1, &said)
    }
}

/// Lookups by whoever started this process, who knows what was granted and keeps the time.
struct Asking(Arc<Mutex<Pipe>>);

impl Lookups for Asking {
    fn ask(&self, question: &Question, _: Duration) -> Result<Replied, Late> {
        let mut pipe = self.0.lock().map_err(|_| Late)?;
        let asked = pipe.say(&Said::Ask(question.clone()));
        asked.map_err(|_| Late)?;
        let heard = wire::read(&mut pipe.0, u64::MAX).map_err(|_| Late)?;
        match serde_json::from_slice(&heard) {
            Ok(Heard::Replied(replied)) => Ok(replied),
            Ok(Heard::Late) | Err(_) => Err(Late),
        }
    }
}
