//! WASI as an empty world, for what foreign toolchains drag in: no files, no network, no
//! environment, no input; a clock that stands still but for sleep, random numbers from a fixed
//! seed. What is printed is kept as trace. All else ends the run when it is called.
//!
//! No handle stands for anything: streams and pollables are numbers, so that nothing of a guest's
//! is kept for it here.

mod cli;
mod clocks;
mod io;
mod random;

use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{ComponentNamedList, Lift, Linker, LinkerInstance, Lower, ResourceType};
use wasmtime::{Engine, Result};

use super::entry::Traced;
use super::state::State;

/// Of a resource that nobody can make: no file, no socket is ever given.
enum Nothing {}

/// What moves in the empty world.
#[derive(Debug, Default)]
pub(super) struct World {
    /// Nanoseconds that were slept away.
    slept: u64,
    /// Where the random numbers are.
    random: u64,
}

/// Links one interface of WASI, as the component wants it.
pub(super) fn link(
    engine: &Engine,
    linker: &mut Linker<State>,
    name: &str,
    wanted: &ComponentInstance,
) -> Result<()> {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    let mut root = linker.root();
    let mut instance = root.instance(name)?;
    for (member, item) in wanted.exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(_) => {
                let is_known = version.starts_with("0.2.");
                if !is_known || !serve(&mut instance, interface, member)? {
                    refuse(&mut instance, name, member)?;
                }
            }
            ComponentItem::Resource(_) => {
                instance.resource(member, resource(member), |_, _| Ok(()))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Serves a function of the empty world; whether it is one.
fn serve(instance: &mut LinkerInstance<'_, State>, interface: &str, name: &str) -> Result<bool> {
    match interface {
        "wasi:cli/environment" | "wasi:cli/exit" => cli::serve(instance, name),
        "wasi:cli/stdin" | "wasi:cli/stdout" | "wasi:cli/stderr" => io::serve(instance, name),
        "wasi:cli/terminal-stdin" | "wasi:cli/terminal-stdout" | "wasi:cli/terminal-stderr" => {
            cli::serve(instance, name)
        }
        "wasi:clocks/monotonic-clock" | "wasi:clocks/wall-clock" => {
            clocks::serve(instance, interface, name)
        }
        "wasi:filesystem/preopens" => cli::serve(instance, name),
        "wasi:io/poll" | "wasi:io/streams" => io::serve(instance, name),
        "wasi:random/random" | "wasi:random/insecure" | "wasi:random/insecure-seed" => {
            random::serve(instance, name)
        }
        _ => Ok(false),
    }
}

/// A function that ends the run.
fn refuse(instance: &mut LinkerInstance<'_, State>, interface: &str, name: &str) -> Result<()> {
    let call = format!("{interface}#{name}");
    instance.func_new(name, move |_, _, _, _| {
        Err(wasmtime::format_err!(
            "`{call}` was called: a plugin is given nothing of WASI"
        ))
    })
}

/// Resources of one name are of one type, in whichever interface they stand.
fn resource(name: &str) -> ResourceType {
    match name {
        "input-stream" => ResourceType::host::<io::Input>(),
        "output-stream" => ResourceType::host::<io::Printed>(),
        "pollable" => ResourceType::host::<io::Pollable>(),
        _ => ResourceType::host::<Nothing>(),
    }
}

/// Defines a function. Each call counts as a call of the host.
fn function<P, R>(
    instance: &mut LinkerInstance<'_, State>,
    name: &str,
    work: impl Fn(&mut State, P) -> Result<R> + Send + Sync + 'static,
) -> Result<bool>
where
    P: ComponentNamedList + Lift + 'static,
    R: ComponentNamedList + Lower + 'static,
{
    instance.func_wrap(name, move |mut store, parameters: P| {
        store.data_mut().meter.call(0)?;
        work(store.data_mut(), parameters)
    })?;
    Ok(true)
}

impl State {
    /// Keeps what was printed; what is printed in pieces is one message.
    fn print(&mut self, to: &str, bytes: &[u8]) -> Result<()> {
        const LONGEST: usize = 8192;
        self.meter.printed(bytes.len())?;
        let text = String::from_utf8_lossy(bytes);
        match self.traced.last_mut() {
            Some(last) if last.level == to && last.message.len() + text.len() <= LONGEST => {
                last.message.push_str(&text);
            }
            _ => {
                self.meter.message(0)?;
                self.traced.push(Traced {
                    level: to.to_owned(),
                    message: super::state::bounded(text.into_owned()),
                });
            }
        }
        Ok(())
    }
}
