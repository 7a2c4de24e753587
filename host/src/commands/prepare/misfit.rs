//! Configurations that are not what their plugins take: told with file, line and key.

use super::configuration::{faults, refuse};
use super::lay::Loaded;
use crate::commands::schema;
use crate::config::{At, Problem, STANDARD, Settings, Written, standard_of_each_layer};
use crate::error::{Error, ErrorKind};
use crate::event::{Diagnostic, Severity};
use crate::output::Output;
use crate::plugin::{ConfigFault, PluginError, Tree, check};

/// The error of a plugin; where it is about a configuration, that of all entries is printed.
pub fn told(error: Error, settings: &Settings, loaded: &Loaded, out: &mut Output) -> Error {
    match error.source.downcast_ref::<PluginError>() {
        Some(PluginError::Config { .. }) => refuse(out, &misfits(settings, loaded)),
        Some(PluginError::Reported {
            entry, diagnostics, ..
        }) if entry == STANDARD && error.kind == ErrorKind::Input => {
            reported(diagnostics, settings, out)
        }
        _ => error,
    }
}

/// Everything that is wrong with the configuration of any entry.
fn misfits(settings: &Settings, loaded: &Loaded) -> Vec<Problem> {
    let all = loaded.entries().flat_map(|(list, entry, plugin)| {
        let written = settings.written(list, &entry.id);
        let found = plugin.check_config(&entry.config).err().unwrap_or_default();
        found.into_iter().map(move |fault| problem(&written, fault))
    });
    all.collect()
}

fn problem(written: &Written, fault: ConfigFault) -> Problem {
    let at = match fault.is_unknown_key {
        true => At::Key(&fault.pointer),
        false => At::Value(&fault.pointer),
    };
    written.problem(at, &fault.message, fault.hint)
}

/// What the built-in plugin reported: `KEY: message`, each at the place of its key.
fn reported(diagnostics: &[Diagnostic], settings: &Settings, out: &mut Output) -> Error {
    let written = settings.written("overlays", STANDARD);
    let errors = diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error);
    let placed: Vec<Diagnostic> = errors
        .map(|found| {
            let (key, message) = found.message.split_once(": ").unwrap_or_default();
            let problem = written.problem(At::Dotted(key), message, found.hint.clone());
            match problem.line {
                None => found.clone(),
                Some(_) => Diagnostic {
                    code: found.code.clone(),
                    address: found.address.clone(),
                    ..Diagnostic::from(&problem)
                },
            }
        })
        .collect();
    faults(out, &placed, "configuration")
}

/// The keys below `[containers]`, `[sidecars]` and `[tags]` of a file that are none: what else is
/// wrong with a file that has faults already.
pub fn unknown_keys(text: &str, file: &str) -> Vec<Problem> {
    let Ok(standard) = schema::standard() else {
        return Vec::new();
    };
    let standard = Tree::from(&standard);
    let layers = standard_of_each_layer(text, file).into_iter();
    let unknown = layers.flat_map(|layer| {
        let faults = check(&standard, &layer.json()).err().unwrap_or_default();
        let unknown = faults.into_iter().filter(|fault| fault.is_unknown_key);
        unknown
            .map(|fault| problem(&layer, fault))
            .collect::<Vec<_>>()
    });
    unknown.collect()
}
