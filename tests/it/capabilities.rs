//! What plugins may look up, by the guest that asks whatever its configuration lists.

/// Deny by default: each call, with grants that fit and such that do not.
mod grants;
/// `--record` and `--replay`.
#[cfg(feature = "local")]
mod recordings;
/// A registry on loopback, with TLS: what is asked, and what is refused to be asked.
mod registry;
/// Time of its own, named where it ends a run.
mod time;

use std::sync::Arc;
use std::time::Duration;

use acetate::error::Error;
use acetate::overlay::Session;
use acetate::plugin::{
    self, EntryInput, Late, Limits, Lookups, Plugin, PluginSource, Question, Replied, Reply,
    Runtime,
};
use acetate::task_definition::TaskDefinition;
use serde_json::{Value, json};

use crate::support::guests::guest;

/// The guest; `None`, said aloud, where it cannot be built.
fn guest_plugin() -> Option<Plugin> {
    let source = PluginSource::Component {
        name: "lookups".to_owned(),
        bytes: guest("lookups")?,
    };
    let runtime = Runtime::new().expect("wasmtime runs here");
    Some(plugin::load(&runtime, source, &Limits::default()).expect("it is a plugin"))
}

/// An entry `ci` with this grant, that asks this.
fn entry(grant: Value, ask: Value) -> EntryInput {
    EntryInput {
        id: "ci".to_owned(),
        config: json!({ "ask": ask }),
        grant,
        ..EntryInput::default()
    }
}

/// What the guest traced.
fn run(
    plugin: &Plugin,
    input: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Result<Vec<String>, Error> {
    let template = json!({ "family": "t", "containerDefinitions": [{ "name": "app" }] });
    let template = TaskDefinition::new(template).expect("it is an object");
    let mut session = Session::new(template, "web");
    let report = plugin::run_overlay(plugin, &mut session, input, lookups, limits)?;
    let traced = report.traced.into_iter();
    Ok(traced.map(|traced| traced.message).collect())
}

/// A world in which everything is there, under every name.
struct Full;

impl Lookups for Full {
    fn ask(&self, question: &Question, _: Duration) -> Result<Replied, Late> {
        let of = question.parts().1;
        Ok(Ok(match question {
            Question::ParameterNames(prefix) | Question::SecretNames(prefix) => {
                let all = ["/db/a", "/web/a", "/web/b", "/web/c/d", "db", "web"];
                let found = all
                    .into_iter()
                    .filter(|name| name.starts_with(prefix.as_str()));
                Reply::List(found.map(str::to_owned).collect())
            }
            Question::FileEntries(folder) if folder.is_empty() => Reply::List(
                ["a.env", "config/", "secret.env"]
                    .map(str::to_owned)
                    .to_vec(),
            ),
            Question::FileEntries(folder) => Reply::List(
                ["a.env", "b.txt"]
                    .map(|name| format!("{folder}/{name}"))
                    .to_vec(),
            ),
            Question::SecretKeys(_) => Reply::List(vec!["url".to_owned()]),
            Question::FileRead(_) => Reply::Bytes(b"A=1".to_vec()),
            _ => Reply::Text(format!("the {of}")),
        }))
    }
}
