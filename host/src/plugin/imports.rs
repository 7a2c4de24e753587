//! What a component imports, and what this host makes of it.
//!
//! Our own package is served. A function of it that this host does not know yet is refused when
//! it is called, so that a plugin made with a newer kit still loads. What toolchains drag in from
//! WASI is linked to an empty world; see `wasi`. Anything else is refused at load.

use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem, Type};
use wasmtime::component::{Component, Linker, Val};

use super::error::PluginError;
use super::state::State;
use super::wasi;

/// The package that is served.
pub const PACKAGE: &str = "acetate:plugin";
/// The version of the package that this host serves, and plugins are made for.
pub const VERSION: &str = "0.1.0";

/// Fits the linker to one component. Gives back the WASI interfaces that are linked to an empty world.
pub(super) fn fit(
    engine: &Engine,
    linker: &mut Linker<State>,
    component: &Component,
    plugin: &str,
) -> Result<Vec<String>, PluginError> {
    let mut empty = Vec::new();
    for (name, import) in component.component_type().imports(engine) {
        let not_served = || PluginError::NotServed {
            plugin: plugin.to_owned(),
            needs: format!("`{name}`"),
            host: env!("CARGO_PKG_VERSION"),
        };
        let ComponentItem::ComponentInstance(instance) = import.ty else {
            return Err(not_served());
        };
        if let Some(interface) = of_our_package(name) {
            let (interface, version) = interface.split_once('@').unwrap_or((interface, ""));
            if !is_served(version) {
                return Err(not_served());
            }
            refuse_unknown(
                engine,
                linker,
                &format!("{PACKAGE}/{interface}@{VERSION}"),
                &instance,
            );
        } else if name.starts_with("wasi:") {
            wasi::link(engine, linker, name, &instance).map_err(|_| not_served())?;
            empty.push(name.to_owned());
        } else {
            return Err(not_served());
        }
    }
    Ok(empty)
}

/// Whether a version of our package can be linked to the one that is served: before 1.0, all
/// versions of one minor number can.
#[must_use]
pub fn is_served(version: &str) -> bool {
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    minor(version) == minor(VERSION)
}

pub(super) fn of_our_package(name: &str) -> Option<&str> {
    name.strip_prefix(PACKAGE)?.strip_prefix('/')
}

/// Puts a refusing function wherever the host has none. `func_new` refuses to define a function
/// twice, so what is served stays as it is.
fn refuse_unknown(
    engine: &Engine,
    linker: &mut Linker<State>,
    interface: &str,
    instance: &ComponentInstance,
) {
    let mut root = linker.root();
    let Ok(mut served) = root.instance(interface) else {
        return;
    };
    for (name, item) in instance.exports(engine) {
        if !matches!(item.ty, ComponentItem::ComponentFunc(_)) {
            continue;
        }
        let call = format!("{interface}#{name}");
        let _ = served.func_new(name, move |_, ty, _, results| {
            let refusal = refusal(&ty, &call);
            match (results, refusal) {
                ([result], Some(refusal)) => *result = refusal,
                _ => return Err(wasmtime::format_err!("`{call}` is not served by this host")),
            }
            Ok(())
        });
    }
}

/// The record `failure` as the function gives it; `None` for a function that cannot fail.
fn refusal(ty: &ComponentFunc, call: &str) -> Option<Val> {
    let Type::Result(result) = ty.results().next()? else {
        return None;
    };
    let Type::Record(failure) = result.err()? else {
        return None;
    };
    let text = |name: &str| match name {
        "code" => Val::String("not-served".to_owned()),
        "message" => Val::String(format!(
            "`{call}` is not served by acetate {}",
            env!("CARGO_PKG_VERSION")
        )),
        "hint" => Val::Option(Some(Box::new(Val::String(
            "use a newer acetate".to_owned(),
        )))),
        _ => Val::Option(None),
    };
    let fields = failure
        .fields()
        .map(|field| (field.name.to_owned(), text(field.name)))
        .collect();
    Some(Val::Result(Err(Some(Box::new(Val::Record(fields))))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_minor_number_are_served() {
        for (version, served) in [
            ("0.1.0", true),
            ("0.1.7", true),
            ("0.2.0", false),
            ("1.1.0", false),
            ("", false),
        ] {
            assert_eq!(is_served(version), served, "{version}");
        }
    }
}
