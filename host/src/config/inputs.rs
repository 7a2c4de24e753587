//! What a run may vary on: inputs from `--set`, from declared environment variables, from
//! defaults; and the values of all variables.

use std::collections::{BTreeMap, BTreeSet};

use super::nearest::{did_you_mean, listed};
use super::node::{Node, Table};
use super::problem::{Findings, Place};
use super::variables::{self, Variable};

/// What a value begins with that is the image a container runs now.
const RUNNING: &str = "running:";

/// Why an input cannot be used where the service is not known yet.
pub const UNKNOWN_YET: &str = "is what runs now, and that is not known yet here";

/// The value of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Known.
    Given(String),
    /// The image that this container runs now; known once the service was read.
    Running(String),
}

impl Value {
    /// What a value means, wherever it comes from: `running:CONTAINER` is what runs now.
    fn meant(text: String) -> Self {
        match text.strip_prefix(RUNNING) {
            Some(container) => Self::Running(container.to_owned()),
            None => Self::Given(text),
        }
    }

    /// The value, or `running:CONTAINER`.
    pub fn shown(&self) -> String {
        match self {
            Self::Given(value) => value.clone(),
            Self::Running(container) => format!("{RUNNING}{container}"),
        }
    }
}

/// What `${service}` stands for.
#[derive(Debug, Clone, Copy)]
pub enum Service<'a> {
    /// This key of `[services]`.
    Key(&'a str),
    /// The value of `service`, which may have variables itself.
    Written(&'a Node),
    /// There is no service.
    None,
}

/// The values of variables, found as they are asked for.
pub struct Resolver<'a> {
    /// Name of the environment, if one was chosen.
    pub environment: Option<&'a str>,
    /// What `${service}` stands for.
    pub service: Service<'a>,
    /// `[inputs]`.
    pub declared: &'a Table,
    /// `--set`; the last of a name counts.
    pub given: &'a [(String, String)],
    /// Reads an environment variable.
    pub read: &'a dyn Fn(&str) -> Option<String>,
    /// What was found so far; `None` where there is no value and it was reported.
    pub found: BTreeMap<Variable, Option<Value>>,
    /// The inputs being resolved now, to notice circles.
    pub open: Vec<Variable>,
}

impl Resolver<'_> {
    /// Finds the value of a variable used at `place`, reporting what has none.
    pub fn resolve(&mut self, variable: &Variable, place: &Place, findings: &mut Findings) {
        if self.found.contains_key(variable) {
            return;
        }
        if self.open.contains(variable) {
            findings.add(
                place,
                format!("{} is made from itself", words(variable)),
                None,
            );
            return;
        }
        self.open.push(variable.clone());
        let value = match variable {
            Variable::Env => self.environment(place, findings),
            Variable::Service => self.service(place, findings),
            Variable::Input(name) => self.input(name, place, findings),
        };
        self.open.pop();
        self.found.insert(variable.clone(), value);
    }

    /// The value of a resolved variable.
    pub fn value(&self, variable: &Variable) -> Option<String> {
        self.found.get(variable)?.as_ref().map(Value::shown)
    }

    fn environment(&self, place: &Place, findings: &mut Findings) -> Option<Value> {
        if self.environment.is_none() {
            let hint = "name the environment with `--environment`".to_owned();
            findings.add(place, "`${env}` has no value", Some(hint));
        }
        self.environment.map(|name| Value::Given(name.to_owned()))
    }

    fn service(&mut self, place: &Place, findings: &mut Findings) -> Option<Value> {
        match self.service {
            Service::Key(key) => Some(Value::Given(key.to_owned())),
            Service::Written(node) => self.text(node, findings),
            Service::None => {
                let hint = "name the service with `service = \"…\"`".to_owned();
                findings.add(place, "`${service}` has no value", Some(hint));
                None
            }
        }
    }

    /// A string with its variables resolved.
    fn text(&mut self, node: &Node, findings: &mut Findings) -> Option<Value> {
        let text = node.text()?;
        let used = variables::used(text);
        for variable in &used {
            self.resolve(variable, &node.place, findings);
            if let Some(Some(Value::Running(_))) = self.found.get(variable) {
                findings.add(
                    &node.place,
                    format!("{} {UNKNOWN_YET}", words(variable)),
                    None,
                );
            }
        }
        let known =
            |variable: &Variable| matches!(self.found.get(variable), Some(Some(Value::Given(_))));
        used.iter()
            .all(known)
            .then(|| Value::Given(variables::fill(text, &|name| self.value(name))))
    }

    fn input(&mut self, name: &str, place: &Place, findings: &mut Findings) -> Option<Value> {
        if let Some((_, value)) = self.given.iter().rev().find(|(given, _)| given == name) {
            return Some(Value::meant(value.clone()));
        }
        let declared = self.declared.table(name);
        let variable = declared.and_then(|input| input.get("env"));
        let variable = variable
            .and_then(|node| self.text(node, findings))
            .map(|value| value.shown());
        let read = variable
            .as_deref()
            .and_then(self.read)
            .filter(|value| !value.is_empty());
        if let Some(value) = read {
            return Some(Value::meant(value));
        }
        if let Some(default) = declared.and_then(|input| input.get("default")) {
            return self.default(default, findings);
        }
        let or = variable.map_or_else(String::new, |name| {
            format!(" or the environment variable `{name}`")
        });
        let hint = format!("give it with `--set {name}=…`{or}");
        findings.add(place, format!("input `{name}` has no value"), Some(hint));
        None
    }

    fn default(&mut self, node: &Node, findings: &mut Findings) -> Option<Value> {
        match self.text(node, findings)? {
            Value::Given(text) => Some(Value::meant(text)),
            value @ Value::Running(_) => Some(value),
        }
    }
}

fn words(variable: &Variable) -> String {
    match variable {
        Variable::Env => "`${env}`".to_owned(),
        Variable::Service => "`service`".to_owned(),
        Variable::Input(name) => format!("input `{name}`"),
    }
}

/// The names of all inputs of a configuration: declared, or used anywhere in it.
pub fn names(root: &Table) -> BTreeSet<String> {
    let declared = root
        .table("inputs")
        .into_iter()
        .flat_map(|table| &table.fields);
    let used = variables::all_used(root)
        .into_iter()
        .filter_map(|(variable, _)| match variable {
            Variable::Input(name) => Some(name),
            Variable::Env | Variable::Service => None,
        });
    declared
        .map(|field| field.name.clone())
        .chain(used)
        .collect()
}

/// Reports names of `--set` that are no inputs.
pub fn check_given(given: &[(String, String)], names: &BTreeSet<String>, findings: &mut Findings) {
    for (name, _) in given.iter().filter(|(name, _)| !names.contains(name)) {
        let known = || match names.len() {
            0 => "this configuration has no inputs".to_owned(),
            _ => format!(
                "the inputs are {}",
                listed(names.iter().map(String::as_str))
            ),
        };
        let hint = did_you_mean(name, names.iter().map(String::as_str)).unwrap_or_else(known);
        findings.command_line(format!("unknown input `{name}`"), Some(hint));
    }
}
