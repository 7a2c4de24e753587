//! The conversation with the process that runs a plugin, seen from the one that waits for it.

use std::io::Read;
use std::process::{Child, ChildStdin};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::Apart;
use super::child::ApartArgs;
use super::fault::ApartFault;
use super::message::{self, Ended, Said, Task};
use super::wire::{self, Unread};
use crate::config::limits::Limits;
use crate::plugin::error::PluginError;
use crate::plugin::load::Plugin;
use crate::plugin::state::State;
use crate::store::{CompileError, CompileLimits, died, end, start};

/// Time for all but compiling and running: starting the process, and what it says.
const GRACE: Duration = Duration::from_secs(5);

/// How the conversation ended.
pub enum Heard {
    /// The run came to an end.
    Ended(Box<Ended>),
    /// The quick compiler does not take the component.
    Refused,
}

/// What the thread that listens heard.
type Message = Result<Vec<u8>, Unread>;

/// Has a process compile and run the plugin, and replies to what it asks.
///
/// # Errors
/// It reached a limit on compiling, or did not do what it is for.
pub fn talk(
    apart: &Apart,
    plugin: &Plugin,
    state: &mut State,
    task: &Task,
) -> Result<Heard, PluginError> {
    let limits = state.meter.limits;
    let compile = CompileLimits {
        cpu: limits.compile_cpu + limits.wall + Duration::from_secs(1),
        ..CompileLimits::from(&limits)
    };
    let wrong = |fault| PluginError::Apart {
        plugin: plugin.full_name(),
        fault,
    };
    let arguments = ApartArgs::arguments(&compile, &limits);
    let child = start(&apart.process.program, arguments);
    let mut child = child.map_err(|error| wrong(ApartFault::NotStarted(error)))?;
    let most = most(&limits, task.coredumps);
    let (tell, hear) = pipes(&mut child, most);
    let task = serde_json::to_vec(task).expect("texts and numbers are JSON");
    let _gone = tell.send(Arc::new(task));
    let _gone = tell.send(Arc::clone(&apart.component));
    let patience = compile.wall + limits.wall + GRACE;
    let heard = converse(state, &tell, &hear, patience);
    // Whatever it says or does from here on, nobody listens.
    let status = end(&mut child);
    heard.map_err(|fault| match (fault, status) {
        (Fault::Gone, Ok(status)) => match died(status, &compile) {
            source @ CompileError::Limit { .. } => PluginError::Compile {
                plugin: plugin.name.clone(),
                source,
            },
            _ => wrong(ApartFault::Ended(status)),
        },
        (Fault::Gone, Err(error)) => wrong(ApartFault::NotStarted(error)),
        (Fault::TooLong, _) => wrong(ApartFault::TooLong(most)),
        (Fault::Silent, _) => wrong(ApartFault::Silent(patience)),
        (Fault::NoAnswer(why), _) => wrong(ApartFault::NoAnswer(why)),
    })
}

/// What goes wrong while it lives.
enum Fault {
    Gone,
    TooLong,
    Silent,
    NoAnswer(String),
}

fn converse(
    state: &mut State,
    tell: &Sender<Arc<Vec<u8>>>,
    hear: &Receiver<Message>,
    patience: Duration,
) -> Result<Heard, Fault> {
    let mut left = patience;
    loop {
        let began = Instant::now();
        let said = match hear.recv_timeout(left) {
            Ok(Ok(said)) => said,
            Ok(Err(Unread::TooLong)) => return Err(Fault::TooLong),
            Ok(Err(Unread::Gone)) | Err(RecvTimeoutError::Disconnected) => {
                return Err(Fault::Gone);
            }
            Err(RecvTimeoutError::Timeout) => return Err(Fault::Silent),
        };
        left = left.saturating_sub(began.elapsed());
        match serde_json::from_slice(&said) {
            Ok(Said::Ask(question)) => {
                let heard = match state.ask_for(&question) {
                    Ok(replied) => message::Heard::Replied(replied),
                    // A limit: by it, the plugin's own call ends.
                    Err(_) => message::Heard::Late,
                };
                let heard = serde_json::to_vec(&heard).expect("texts are JSON");
                let _gone = tell.send(Arc::new(heard));
            }
            Ok(Said::Refused(_)) => return Ok(Heard::Refused),
            Ok(Said::Ended(ended)) => return Ok(Heard::Ended(ended)),
            Err(why) => return Err(Fault::NoAnswer(why.to_string())),
        }
    }
}

/// Two threads that write and read, so that no process can hold this one up by neither reading
/// nor writing. They end when the pipes do.
fn pipes(child: &mut Child, most: u64) -> (Sender<Arc<Vec<u8>>>, Receiver<Message>) {
    let stdin = child.stdin.take().expect("invariant: stdin is a pipe");
    let stdout = child.stdout.take().expect("invariant: stdout is a pipe");
    let (tell, told) = channel();
    let (said, hear) = channel();
    std::thread::spawn(move || pass_on(stdin, &told));
    std::thread::spawn(move || listen(stdout, most, &said));
    (tell, hear)
}

fn pass_on(mut to: ChildStdin, told: &Receiver<Arc<Vec<u8>>>) {
    // A process that ended early reads no further; how it ended says why.
    while let Ok(message) = told.recv()
        && wire::write(&mut to, &message).is_ok()
    {}
}

fn listen(mut from: impl Read, most: u64, said: &Sender<Message>) {
    loop {
        let message = wire::read(&mut from, most);
        let is_last = message.is_err();
        if said.send(message).is_err() || is_last {
            return;
        }
    }
}

/// More bytes than any answer has that keeps the limits: a control character is six bytes in JSON,
/// and each text has quotes and a name.
fn most(limits: &Limits, coredumps: bool) -> u64 {
    let texts = limits.edit_bytes + limits.message_bytes;
    let pieces = limits.edits + limits.messages;
    let dump = match coredumps {
        // In base64, with what else is in such a file.
        true => limits.memory * 2 + (16 << 20),
        false => 0,
    };
    (texts * 6 + pieces * 256 + dump + (1 << 20)) as u64
}
