//! acetate.toml: text in, settings of one service in one environment out.
//!
//! Precedence: root < service < environment < service in environment < `--set`. Tables merge key
//! by key, arrays and values replace. `${env}`, `${service}` and `${inputs.NAME}` stand in any
//! string value, `$${` is a literal `${`. All problems are told at once, with file, line and key.

mod check;
mod compilers;
mod families;
mod format;
pub mod init;
mod inputs;
mod keys;
mod layers;
pub mod limits;
pub mod nearest;
mod node;
mod patterns;
mod problem;
mod schema;
mod settings;
pub mod template_ref;
mod trust;
mod uses;
mod variables;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use check::Stage;
pub use compilers::Compilers;
pub use format::{PluginRef, duration};
use inputs::{Resolver, Service};
use nearest::{did_you_mean, listed};
use node::Table;
pub use problem::Problem;
use problem::{Findings, Place};
pub use schema::schema;
use settings::Source;
pub use settings::{Deploy, Entry, Reaction, STANDARD, Settings, Step, TemplateTags};
pub use trust::TrustText;
pub use uses::Use;
use variables::Variable;
pub use written::{At, Written, standard_of_each_layer};

use crate::plan::fleet::Wave;

/// An acetate.toml that was read and checked as far as it can be without inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    file: String,
    root: Table,
    /// The names of all inputs, declared or only used.
    inputs: BTreeSet<String>,
}

/// What one run chose.
pub struct Selection<'a> {
    /// Key of the service; not needed where there is only one.
    pub service: Option<&'a str>,
    /// `--environment`.
    pub environment: Option<&'a str>,
    /// `--set NAME=VALUE`; the last of a name counts.
    pub set: &'a [(String, String)],
    /// Reads an environment variable; asked only for those that `[inputs]` names.
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

impl Config {
    /// Reads a configuration. `file` is how messages call it.
    ///
    /// # Errors
    /// Everything that is wrong with the text: syntax, unknown keys, types, forms, variables,
    /// and selections that would get in each other's way.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Problem>> {
        let mut findings = Findings::new(file);
        let root = node::read(text, &mut findings);
        if findings.is_empty() {
            check::table(&root, keys::ROOT, Stage::Written, &mut findings);
            variables::check(&root, &mut findings);
        }
        if findings.is_empty() {
            if let Some(trust) = root.table("trust") {
                trust::check_rules(trust, &mut findings);
            }
            families::check(&root, &mut findings);
            families::check_services(&root, &mut findings);
        }
        findings.or(Self {
            file: file.to_owned(),
            inputs: inputs::names(&root),
            root,
        })
    }

    /// The keys of `[services]` in the order written. Empty where there are none; then
    /// [`Config::settings`] takes `service: None`, and settings have the one service of
    /// `service = …`, or none.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        self.list("services")
    }

    /// The names of `[environments]` in the order written.
    #[must_use]
    pub fn environments(&self) -> Vec<String> {
        self.list("environments")
    }

    /// The names of all inputs, declared or only used.
    #[must_use]
    pub fn inputs(&self) -> Vec<String> {
        self.inputs.iter().cloned().collect()
    }

    /// What `[trust]` says, where it is there.
    #[must_use]
    pub fn trust(&self) -> Option<TrustText> {
        let table = self.root.table("trust")?;
        Some(TrustText::of(table, &self.file))
    }

    /// Folder of the project with plugins of registries.
    #[must_use]
    pub fn vendored(&self) -> Option<String> {
        self.root.text("vendored").map(str::to_owned)
    }

    /// Every plugin but the built-in one that some service has in some environment, in order.
    ///
    /// # Errors
    /// A plugin of a registry whose reference depends on an input: it cannot be locked.
    pub fn plugins(&self) -> Result<Vec<Use>, Vec<Problem>> {
        let mut findings = Findings::new(&self.file);
        let plugins = uses::all(&self.root, &mut findings);
        findings.or(plugins)
    }

    /// What a deploy of several services begins with, wave by wave.
    #[must_use]
    pub fn waves(&self) -> Vec<Wave> {
        let waves = self.root.get("waves");
        let texts = waves.into_iter().flat_map(node::Node::texts);
        texts.filter_map(|text| text.parse().ok()).collect()
    }

    fn list(&self, name: &str) -> Vec<String> {
        let fields = self.root.table(name).map(|table| &table.fields);
        fields
            .into_iter()
            .flatten()
            .map(|field| field.name.clone())
            .collect()
    }

    /// The settings of one service in one environment.
    ///
    /// # Errors
    /// An environment or service that does not exist or was not named though it must be; inputs
    /// that are unknown or have no value; values that are wrong once they are filled in.
    pub fn settings(&self, selection: &Selection<'_>) -> Result<Settings, Vec<Problem>> {
        let mut findings = Findings::new(&self.file);
        let key = self.choose_service(selection, &mut findings);
        self.check_environment(selection, &mut findings);
        let names = &self.inputs;
        inputs::check_given(selection.set, names, &mut findings);
        if !findings.is_empty() {
            return Err(findings.all());
        }
        let merged = layers::merged(&self.root, key, selection.environment);
        settings::required(&merged, &mut findings);
        let values = self.resolve(&merged, key, selection, names, &mut findings);
        let source = Source {
            file: self.file.clone(),
            merged,
            key: key.map(str::to_owned),
            environment: selection.environment.map(str::to_owned),
            values,
            inputs: names.iter().cloned().collect(),
        };
        findings.or(source).and_then(settings::build)
    }

    /// The values of the variables that these settings use, and of all inputs that are to be had.
    fn resolve(
        &self,
        merged: &Table,
        key: Option<&str>,
        selection: &Selection<'_>,
        names: &BTreeSet<String>,
        findings: &mut Findings,
    ) -> BTreeMap<Variable, inputs::Value> {
        let service = match (key, merged.get("service")) {
            (Some(key), _) => Service::Key(key),
            (None, Some(node)) => Service::Written(node),
            (None, None) => Service::None,
        };
        let none = Table::default();
        let mut resolver = Resolver {
            environment: selection.environment,
            service,
            declared: self.root.table("inputs").unwrap_or(&none),
            given: selection.set,
            read: selection.env,
            found: BTreeMap::new(),
            open: Vec::new(),
        };
        for (variable, place) in variables::all_used(merged)
            .into_iter()
            .chain(asked_for(merged, names))
        {
            resolver.resolve(&variable, &place, findings);
        }
        for name in self.list("inputs") {
            // Not in use here: it may well have no value.
            resolver.resolve(
                &Variable::Input(name),
                &Place::default(),
                &mut Findings::new(&self.file),
            );
        }
        let found = resolver.found.into_iter();
        found
            .filter_map(|(variable, value)| Some((variable, value?)))
            .collect()
    }

    fn choose_service<'a>(
        &'a self,
        selection: &'a Selection<'_>,
        findings: &mut Findings,
    ) -> Option<&'a str> {
        let keys: Vec<&str> = self
            .root
            .tables("services")
            .map(|(field, _)| field.name.as_str())
            .collect();
        match (selection.service, keys.as_slice()) {
            (Some(name), keys) if keys.contains(&name) => Some(name),
            (Some(name), []) => {
                if self.root.text("service") != Some(name) {
                    let hint =
                        "this configuration has no `[services]`: leave the name away".to_owned();
                    findings.command_line(format!("unknown service `{name}`"), Some(hint));
                }
                None
            }
            (Some(name), keys) => {
                let list = || format!("the services are {}", listed(keys.iter().copied()));
                let hint = did_you_mean(name, keys.iter().copied()).unwrap_or_else(list);
                findings.command_line(format!("unknown service `{name}`"), Some(hint));
                None
            }
            (None, keys @ [_, _, ..]) => {
                let hint = format!("name one of {}", listed(keys.iter().copied()));
                findings.command_line("this configuration has several services", Some(hint));
                None
            }
            (None, keys) => keys.first().copied(),
        }
    }

    fn uses_environment(&self) -> bool {
        let used = variables::all_used(&self.root);
        used.iter().any(|(used, _)| *used == Variable::Env)
    }

    fn check_environment(&self, selection: &Selection<'_>, findings: &mut Findings) {
        let names = self.environments();
        let names = || names.iter().map(String::as_str);
        let list = || listed(names());
        match selection.environment {
            Some(name) if names().any(|known| known == name) => {}
            Some(_) if names().next().is_none() && self.uses_environment() => {}
            Some(name) if names().next().is_none() => {
                let hint =
                    "this configuration has neither `[environments]` nor `${env}`".to_owned();
                findings.command_line(format!("unknown environment `{name}`"), Some(hint));
            }
            Some(name) => {
                let hint = did_you_mean(name, names())
                    .unwrap_or_else(|| format!("the environments are {}", list()));
                findings.command_line(format!("unknown environment `{name}`"), Some(hint));
            }
            None if names().next().is_some() => {
                let hint = format!("choose one of {} with `--environment`", list());
                findings.command_line("no environment was chosen", Some(hint));
            }
            None => {}
        }
    }
}

/// The inputs that plugins are given, as variables in use.
fn asked_for(merged: &Table, names: &BTreeSet<String>) -> Vec<(Variable, Place)> {
    let entries = ["overlays", "policies"]
        .into_iter()
        .flat_map(|list| merged.tables(list));
    let nodes = entries
        .filter_map(|(_, entry)| entry.get("inputs"))
        .flat_map(node::Node::list);
    let known = |name: &&str| names.contains(*name);
    let variable = |name: &str| Variable::Input(name.to_owned());
    nodes
        .filter_map(|node| Some((variable(node.text().filter(known)?), node.place.clone())))
        .collect()
}

#[cfg(test)]
mod tests;
