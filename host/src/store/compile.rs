//! Has a component compiled by a process of its own, and says in words how that ended.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::child::{CompileArgs, NO_MEMORY, REFUSED, UNLIMITED};
use super::limits::CompileLimits;
use crate::config::limits::{COMPILE_CODE, COMPILE_CPU, COMPILE_MEMORY, COMPILE_WALL, Limit};

/// How often a process that is about to end is looked at.
const LOOK: Duration = Duration::from_micros(200);
/// Signals as Linux numbers them on every processor that acetate is built for.
const ABORTED: i32 = 6;
const NO_PAGE: i32 = 7;
const NO_STACK: i32 = 11;
const CPU_TIME: i32 = 24;
const FILE_SIZE: i32 = 25;

/// Why there is no native code.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The compiler does not take the component.
    #[error("{0}")]
    Refused(String),
    /// Compiling it ran into a limit.
    #[error("compiling it takes more than {allowed}: limit `{limit}`")]
    Limit {
        /// The limit's name.
        limit: &'static str,
        /// How much is allowed, with its unit.
        allowed: String,
    },
    /// The process ended in a way that it should not.
    #[error("the process that compiles it {0}")]
    Died(String),
    /// There is no such process.
    #[error("the process that compiles it cannot be started")]
    NotStarted(#[source] std::io::Error),
}

/// Starts the processes that compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompilerProcess {
    /// The program: acetate itself.
    pub program: PathBuf,
}

impl CompilerProcess {
    /// This very program.
    ///
    /// # Errors
    /// The system does not tell which program this is.
    pub fn this_program() -> std::io::Result<Self> {
        // The link leads to the file that runs, also where that was replaced in the meantime.
        let link = PathBuf::from("/proc/self/exe");
        let program = match link.symlink_metadata() {
            Ok(_) => link,
            Err(_) => std::env::current_exe()?,
        };
        Ok(Self { program })
    }

    /// Native code of a component, by Cranelift, within these limits. Takes as long as that takes.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn compile(
        &self,
        component: &[u8],
        limits: &CompileLimits,
    ) -> Result<Vec<u8>, CompileError> {
        let until = Instant::now() + limits.wall;
        let mut child = start(&self.program, CompileArgs::arguments(limits))
            .map_err(CompileError::NotStarted)?;
        let mut stdin = child.stdin.take().expect("invariant: stdin is a pipe");
        let stdout = child.stdout.take().expect("invariant: stdout is a pipe");
        let most = limits.code;
        std::thread::scope(|threads| {
            // A process that ended early reads no further; how it ended says why.
            threads.spawn(move || drop(stdin.write_all(component)));
            let (told, answer) = mpsc::channel();
            threads.spawn(move || told.send(read(stdout, most)));
            let left = until.saturating_duration_since(Instant::now());
            let answer = answer.recv_timeout(left);
            let ended = match &answer {
                Ok(Ok(answer)) if answer.len() <= most => wait_until(&mut child, until),
                _ => None,
            };
            let status = match ended {
                Some(status) => status,
                None => end(&mut child).map_err(|error| CompileError::Died(error.to_string()))?,
            };
            match answer {
                Ok(Ok(answer)) if ended.is_some() => judge(status, answer, limits),
                Ok(Ok(answer)) if answer.len() > most => {
                    Err(exceeded(&COMPILE_CODE, format!("{most} bytes of code")))
                }
                Ok(Err(error)) => Err(CompileError::Died(format!("cannot be heard: {error}"))),
                Ok(Ok(_)) | Err(_) => Err(exceeded(
                    &COMPILE_WALL,
                    format!("{} s", limits.wall.as_secs_f64()),
                )),
            }
        })
    }
}

fn judge(
    status: ExitStatus,
    answer: Vec<u8>,
    limits: &CompileLimits,
) -> Result<Vec<u8>, CompileError> {
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(0) => Ok(answer),
        Some(REFUSED) => Err(CompileError::Refused(
            String::from_utf8_lossy(&answer).into_owned(),
        )),
        _ => Err(died(status, limits)),
    }
}

/// Starts this program once more. Nothing goes in but what it is told on its standard input, and
/// nothing comes out but what it answers: no environment, no folder of the user's, no terminal.
pub(crate) fn start(program: &Path, arguments: impl AsRef<[String]>) -> std::io::Result<Child> {
    // What this process was given by its own parent, as shells do with `<(…)`; all that it
    // opened itself is closed in any child.
    close_fds::set_fds_cloexec_threadsafe(3, &[]);
    Command::new(program)
        .arg0("acetate")
        .args(arguments.as_ref())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Why such a process ended before it gave an answer.
pub(crate) fn died(status: ExitStatus, limits: &CompileLimits) -> CompileError {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    let memory = || exceeded(&COMPILE_MEMORY, format!("{} bytes", limits.memory));
    match (code, status.signal()) {
        (Some(NO_MEMORY), _) => memory(),
        // What Rust does where there is no memory left, and what the kernel does where a stack
        // cannot grow any more.
        (_, Some(ABORTED | NO_STACK | NO_PAGE)) => memory(),
        (_, Some(CPU_TIME)) => exceeded(
            &COMPILE_CPU,
            format!("{} s of all processors", limits.cpu.as_secs().max(1)),
        ),
        (_, Some(FILE_SIZE)) => CompileError::Died("wrote a file, or tried to".to_owned()),
        (Some(UNLIMITED), _) => CompileError::Died("could not limit itself".to_owned()),
        _ => CompileError::Died(format!("ended with {status}")),
    }
}

fn exceeded(limit: &Limit, allowed: String) -> CompileError {
    let limit = limit.name;
    CompileError::Limit { limit, allowed }
}

/// All that the process says, and one byte more than it may where it says more.
fn read(stdout: ChildStdout, most: usize) -> std::io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    stdout
        .take(most as u64 + 1)
        .read_to_end(&mut answer)
        .map(|_| answer)
}

/// Waits for a process that has said all it has to say.
fn wait_until(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
            ended => return ended.ok().flatten(),
        }
    }
}

/// Ends a process that may have ended by itself.
pub(crate) fn end(child: &mut Child) -> std::io::Result<ExitStatus> {
    let _it_may_be_gone = child.kill();
    child.wait()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_death_for_want_of_memory_names_its_limit() {
        let limits = CompileLimits::default();
        let exit = |code: i32| ExitStatus::from_raw(code << 8);
        for status in [exit(i32::from(NO_MEMORY)), ExitStatus::from_raw(ABORTED)]
            .into_iter()
            .chain([NO_PAGE, NO_STACK].map(ExitStatus::from_raw))
        {
            let told = died(status, &limits).to_string();
            assert!(
                told.ends_with(": limit `compile-memory`"),
                "{status}: {told}"
            );
        }
        let told = died(ExitStatus::from_raw(CPU_TIME), &limits).to_string();
        assert!(told.ends_with(": limit `compile-cpu`"), "{told}");
        let told = died(ExitStatus::from_raw(9), &limits).to_string();
        assert!(!told.contains("limit"), "{told}");
    }
}
