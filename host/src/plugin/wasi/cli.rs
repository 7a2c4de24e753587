//! `wasi:cli`: nothing was passed, no terminal is there. And `wasi:filesystem/preopens`: no folder.

use wasmtime::component::{LinkerInstance, Resource};
use wasmtime::{Result, bail};

use super::{Nothing, function};
use crate::plugin::state::State;

pub(super) fn serve(instance: &mut LinkerInstance<'_, State>, name: &str) -> Result<bool> {
    match name {
        "get-environment" => function(instance, name, |_, (): ()| {
            Ok((Vec::<(String, String)>::new(),))
        }),
        "get-arguments" => function(instance, name, |_, (): ()| Ok((Vec::<String>::new(),))),
        "initial-cwd" => function(instance, name, |_, (): ()| Ok((None::<String>,))),
        "get-directories" => function(instance, name, |_, (): ()| {
            Ok((Vec::<(Resource<Nothing>, String)>::new(),))
        }),
        "get-terminal-stdin" | "get-terminal-stdout" | "get-terminal-stderr" => {
            function(instance, name, |_, (): ()| Ok((None::<Resource<Nothing>>,)))
        }
        "exit" => function(
            instance,
            name,
            |_, (status,): (std::result::Result<(), ()>,)| ended(u8::from(status.is_err())),
        ),
        "exit-with-code" => function(instance, name, |_, (code,): (u8,)| ended(code)),
        _ => Ok(false),
    }
}

/// A plugin returns from `apply` or `check`; one that exits in it has crashed.
fn ended(code: u8) -> Result<()> {
    bail!("it ended itself with exit code {code}")
}
