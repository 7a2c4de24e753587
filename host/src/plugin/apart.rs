//! Plugins that run in a process of their own: large ones, as long as there is no good native code
//! of them.
//!
//! Cranelift takes many seconds for a component with a whole language in it, Winch takes one or
//! two. But Winch is young, and code that it got wrong may leave the sandbox. So its code never
//! runs in a process that holds credentials: a child that was given a component, a document and a
//! configuration, and nothing else, compiles and runs it, and is gone. It asks for lookups over its
//! pipe, and says at the end which edits the plugin made. Nothing that it says is trusted: lookups
//! are checked against the grants here, edits are made here once more, and messages are counted
//! here, by the same code as for a plugin that runs here. Nothing of it is ever kept.

mod answer;
mod child;
mod fault;
mod later;
mod message;
mod overheard;
mod seclude;
mod talk;
mod wire;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

pub use child::{ApartArgs, main};
pub use fault::ApartFault;
pub use later::Later;
pub use overheard::overheard;

use super::engine::Compiler;
use super::error::PluginError;
use super::limits::Limits;
use super::load::{Code, Plugin, foreign, lock};
use super::meter::Meter;
use super::run::{Ended, here};
use super::runtime::Runtime;
use super::state::State;
use crate::error::Error;
use crate::store::{CompilerProcess, Digest};
use message::Task;
use talk::Heard;

/// From how many bytes on a component is worth a process of its own: Cranelift compiles about 1 MB
/// in a second, and the process, which gains nothing for the next run, is no faster below that.
pub const LARGE: usize = 4 << 20;

/// How often a plugin is run apart in one process. Native code that stays takes about as long to
/// make as this many runs, so whoever has many services pays for it once.
const RUNS: usize = 5;

/// A component that is run by a process of its own.
pub struct Apart {
    component: Arc<Vec<u8>>,
    name: String,
    process: CompilerProcess,
    limits: Limits,
    runtime: Runtime,
    runs: AtomicUsize,
    /// The same with native code, once that was made.
    native: Mutex<Option<Plugin>>,
}

impl Apart {
    /// A component that was read and not compiled.
    pub fn new(
        runtime: &Runtime,
        process: CompilerProcess,
        (name, component): (&str, &[u8]),
        limits: &Limits,
    ) -> Self {
        Self {
            component: Arc::new(component.to_vec()),
            name: name.to_owned(),
            process,
            limits: *limits,
            runtime: runtime.native(),
            runs: AtomicUsize::new(0),
            native: Mutex::default(),
        }
    }

    /// Runs it: apart, or here where there is native code by now, or where the quick compiler does
    /// not take it.
    ///
    /// # Errors
    /// It cannot be compiled, or the process did not do what it is for.
    pub fn run(&self, plugin: &Plugin, state: State) -> Result<Ended, Error> {
        let mut state = state;
        let is_early = self.runs.fetch_add(1, Ordering::Relaxed) < RUNS;
        if is_early && lock(&self.native).is_none() {
            let task = Task::new(&self.name, plugin.kind, self.runtime.coredumps, &state);
            match talk::talk(self, plugin, &mut state, &task)? {
                Heard::Ended(ended) => {
                    self.tell_open_doors(plugin, &ended.lacks);
                    let (result, used) = answer::take(plugin, &mut state, *ended)?;
                    return Ok(Ended {
                        result,
                        state,
                        used,
                        compiler: Compiler::Winch,
                    });
                }
                // What there is to say about that, the other compiler says.
                Heard::Refused => {}
            }
        }
        let native = self.make()?;
        // Compiling is no time of the plugin's.
        state.meter = Meter::new(state.meter.limits);
        match &native.code {
            Code::Linked(instance) => here(&native, instance, state),
            Code::Apart(_) => unreachable!("invariant: its runtime runs nothing apart"),
        }
    }

    /// Native code that stays, made now if there is none. Takes as long as that takes.
    ///
    /// # Errors
    /// It cannot be compiled.
    pub fn make(&self) -> Result<Plugin, PluginError> {
        let mut native = lock(&self.native);
        if let Some(plugin) = native.as_ref() {
            return Ok(plugin.clone());
        }
        let component = (&Digest::of(&self.component), self.component.as_slice());
        let mut plugin = foreign(&self.runtime, &self.name, component, &self.limits)?;
        if plugin.manifest.is_none() {
            plugin.name.clone_from(&self.name);
        }
        *native = Some(plugin.clone());
        Ok(plugin)
    }

    /// What the process says of itself is for people only.
    fn tell_open_doors(&self, plugin: &Plugin, lacks: &[String]) {
        for door in ["Landlock", "seccomp"] {
            if lacks.iter().any(|lacking| lacking == door) {
                self.runtime.note(format!(
                    "`{}` ran in a process of its own without {door}, which this system does not have",
                    plugin.name
                ));
            }
        }
    }
}
