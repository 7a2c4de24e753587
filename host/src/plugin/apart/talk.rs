//! The conversation with the process that runs a plugin, seen from the one that waits for it.

use std::io::Read;
use std::process::{Child, ChildStdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use super::Apart;
use super::child::ApartArgs;
use super::fault::ApartFault;
use super::message::{self, Ended, Said, Task};
use super::wire::{self, Unread};
use crate::config::limits::Limits;
use crate::plugin::error::PluginError;
use crate::plugin::limits::Exceeded;
use crate::plugin::load::Plugin;
use crate::plugin::state::State;
use crate::store::{CompileError, CompileLimits, died, end, start};

/// Time for all but compiling and running: starting the process, and what it says.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// Bytes of replies that may wait for a process to hear them. One that works hears a reply before it
/// asks again.
const UNHEARD: usize = 16 << 20;

/// How the conversation ended.
pub enum Heard {
    /// The run came to an end.
    Ended(Box<Ended>),
    /// The quick compiler does not take the component.
    Refused,
}

/// What goes wrong while it lives.
#[derive(Debug)]
pub(super) enum Fault {
    Gone,
    TooLong,
    Late,
    NoAnswer(String),
    Limit(Exceeded),
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
    let arguments = ApartArgs::arguments(&compile, &limits);
    let child = start(&apart.process.program, arguments);
    let mut child = child.map_err(|error| wrong(plugin, ApartFault::NotStarted(error)))?;
    let most = most(&limits, task.coredumps);
    let (tell, hear) = pipes(&mut child, most);
    let task = serde_json::to_vec(task).expect("texts and numbers are JSON");
    let all = UNHEARD + task.len() + apart.component.len();
    tell.say(Arc::new(task));
    tell.say(Arc::clone(&apart.component));
    let patience = compile.wall + limits.wall + GRACE;
    let reply = |reply| match tell.say(Arc::new(reply)) <= all {
        true => Ok(()),
        // It would fill this process with replies.
        false => Err(Fault::NoAnswer("it asks on and hears no reply".to_owned())),
    };
    let listen = |left| match hear.recv_timeout(left) {
        Ok(said) => Ok(said?),
        Err(RecvTimeoutError::Disconnected) => Err(Fault::Gone),
        Err(RecvTimeoutError::Timeout) => Err(Fault::Late),
    };
    let heard = converse(state, reply, listen, patience);
    // Whatever it says or does from here on, nobody listens.
    let status = end(&mut child);
    heard.map_err(|fault| match (fault, status) {
        (Fault::Gone, Ok(status)) => match died(status, &compile) {
            source @ CompileError::Limit { .. } => PluginError::Compile {
                plugin: plugin.name.clone(),
                source,
            },
            _ => wrong(plugin, ApartFault::Ended(status)),
        },
        (Fault::Gone, Err(error)) => wrong(plugin, ApartFault::NotStarted(error)),
        (fault, _) => of_its_words(plugin, fault, most, patience),
    })
}

/// The error of a fault that is not about how the process ended.
pub(super) fn of_its_words(
    plugin: &Plugin,
    fault: Fault,
    most: u64,
    patience: Duration,
) -> PluginError {
    let fault = match fault {
        Fault::Limit(exceeded) => {
            return PluginError::Limit {
                plugin: plugin.full_name(),
                exceeded,
                told: Box::default(),
            };
        }
        Fault::TooLong => ApartFault::TooLong(most),
        Fault::Late => ApartFault::Late(patience),
        Fault::NoAnswer(why) => ApartFault::NoAnswer(why),
        Fault::Gone => ApartFault::NoAnswer("it says nothing more".to_owned()),
    };
    wrong(plugin, fault)
}

fn wrong(plugin: &Plugin, fault: ApartFault) -> PluginError {
    PluginError::Apart {
        plugin: plugin.full_name(),
        fault,
    }
}

impl From<Unread> for Fault {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Gone => Self::Gone,
            Unread::TooLong | Unread::NoRoom => Self::TooLong,
        }
    }
}

/// Replies to questions until there is an answer. It ends in the time given, however much is asked:
/// only lookups have a time of their own.
pub(super) fn converse(
    state: &mut State,
    mut reply: impl FnMut(Vec<u8>) -> Result<(), Fault>,
    mut listen: impl FnMut(Duration) -> Result<Vec<u8>, Fault>,
    patience: Duration,
) -> Result<Heard, Fault> {
    loop {
        let left = patience.saturating_sub(state.meter.running());
        if left.is_zero() {
            return Err(Fault::Late);
        }
        let said = listen(left)?;
        match message::read(&said, &state.meter.limits).map_err(Fault::NoAnswer)? {
            Said::Ask(question) => {
                // It was told that the plugin's call ends, and asks on.
                if let Some(exceeded) = state.meter.exceeded.clone() {
                    return Err(Fault::Limit(exceeded));
                }
                let heard = match state.ask_for(&question) {
                    Ok(replied) => message::Heard::Replied(replied),
                    // A limit: by it, the plugin's own call ends.
                    Err(_) => message::Heard::Late,
                };
                reply(serde_json::to_vec(&heard).expect("texts are JSON"))?;
            }
            Said::Refused(_) => return Ok(Heard::Refused),
            Said::Ended(ended) => return Ok(Heard::Ended(ended)),
        }
    }
}

/// What is told to the process, and how many bytes of it were not written yet.
struct Tell {
    messages: Sender<Arc<Vec<u8>>>,
    unheard: Arc<AtomicUsize>,
}

impl Tell {
    /// Has a message written; gives the bytes that wait before it.
    fn say(&self, message: Arc<Vec<u8>>) -> usize {
        let before = self.unheard.fetch_add(message.len(), Ordering::Relaxed);
        // A process that ended early reads no further; how it ended says why.
        let _gone = self.messages.send(message);
        before
    }
}

/// Two threads that write and read, so that no process can hold this one up by neither reading
/// nor writing. They end when the pipes do. Of what is said, no more is read than is looked at.
fn pipes(child: &mut Child, most: u64) -> (Tell, Receiver<Message>) {
    let stdin = child.stdin.take().expect("invariant: stdin is a pipe");
    let stdout = child.stdout.take().expect("invariant: stdout is a pipe");
    let (messages, told) = channel();
    let (said, hear) = sync_channel(0);
    let unheard = Arc::new(AtomicUsize::new(0));
    let heard = Arc::clone(&unheard);
    std::thread::spawn(move || pass_on(stdin, &told, &heard));
    std::thread::spawn(move || listen(stdout, most, &said));
    (Tell { messages, unheard }, hear)
}

fn pass_on(mut to: ChildStdin, told: &Receiver<Arc<Vec<u8>>>, heard: &AtomicUsize) {
    while let Ok(message) = told.recv()
        && wire::write(&mut to, &message).is_ok()
    {
        heard.fetch_sub(message.len(), Ordering::Relaxed);
    }
}

fn listen(mut from: impl Read, most: u64, said: &SyncSender<Message>) {
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
pub(super) fn most(limits: &Limits, coredumps: bool) -> u64 {
    let texts = limits.edit_bytes + limits.message_bytes;
    let pieces = limits.edits + limits.messages;
    let dump = match coredumps {
        // In base64, with what else is in such a file.
        true => limits.memory * 2 + (16 << 20),
        false => 0,
    };
    (texts * 6 + pieces * 256 + dump + (1 << 20)) as u64
}
