//! What runs, in the settings of the built-in plugin.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Difference, Running, text};
use crate::task_definition::address::Address;
use crate::task_definition::amount::{cpu_units, memory_mib};

type Table = Map<String, Value>;

/// Settings that are one member of the container definition as it stands.
const MEMBERS: &[(&str, &str)] = &[
    ("command", "command"),
    ("entry-point", "entryPoint"),
    ("working-directory", "workingDirectory"),
    ("user", "user"),
    ("essential", "essential"),
    ("cpu", "cpu"),
    ("memory", "memory"),
    ("memory-reservation", "memoryReservation"),
    ("start-timeout", "startTimeout"),
    ("stop-timeout", "stopTimeout"),
    ("readonly-root-filesystem", "readonlyRootFilesystem"),
];

/// A difference from the template that the file cannot say.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    /// Where it is, for a message.
    pub at: String,
    /// One fragment.
    pub text: String,
    /// It is the task's cpu or memory, and the template has less than what runs.
    pub lowers: bool,
}

/// What goes into the file, as far as it was collected.
#[derive(Debug, Default)]
pub struct Settings {
    containers: Table,
    sidecars: Table,
    /// `[tags]`.
    pub tags: Table,
    /// Inputs: name, and the container whose image it is.
    images: Vec<(String, String)>,
    /// What cannot be said.
    pub left: Vec<Left>,
    /// Plain variables that look like credentials: `container` and name.
    pub suspicious: Vec<String>,
}

/// Whether the template would take cpu or memory from the task.
fn lowers(difference: &Difference) -> bool {
    let amount: fn(&str) -> Option<u64> = match difference.address.to_string().as_str() {
        "/cpu" => cpu_units,
        "/memory" => memory_mib,
        _ => return false,
    };
    let read = |value: &Option<Value>| amount(value.as_ref()?.as_str()?);
    let (template, running) = (read(&difference.template), read(&difference.running));
    template.zip(running).is_some_and(|(low, high)| low < high)
}

impl Settings {
    /// Takes over every difference.
    pub fn collect(&mut self, running: &Running<'_>) {
        let gone = |name: &str| running.definition.container(name).is_none();
        for difference in running.differences {
            let tokens: Vec<&str> = difference
                .address
                .tokens()
                .iter()
                .map(String::as_str)
                .collect();
            match tokens[..] {
                ["tags", key, ..] => self.tag(key, difference),
                ["containerDefinitions", name, ..] if gone(name) => self.without(name),
                ["containerDefinitions", name, member, ref rest @ ..] => {
                    self.setting(running, name, member, rest, difference);
                }
                ["family"] => {}
                _ => self.leave(difference),
            }
        }
        self.main_image(running);
        for settings in self
            .containers
            .values_mut()
            .chain(self.sidecars.values_mut())
        {
            image_first(settings);
        }
        for (name, container) in &self.containers {
            suspicious(running, name, container, &mut self.suspicious);
        }
        for (name, container) in &self.sidecars {
            suspicious(running, name, container, &mut self.suspicious);
        }
    }

    /// The sections of the file: list, container name, settings.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, &str, &Table)> {
        let containers = self
            .containers
            .iter()
            .map(|(name, value)| ("containers", name, value));
        let sidecars = self
            .sidecars
            .iter()
            .map(|(name, value)| ("sidecars", name, value));
        containers
            .chain(sidecars)
            .filter_map(|(list, name, value)| Some((list, name.as_str(), value.as_object()?)))
    }

    /// `[inputs]`.
    pub fn inputs(&self) -> String {
        if self.images.is_empty() {
            return String::new();
        }
        let one = |(name, container): &(String, String)| {
            let value = json!({ "description": format!("image of `{container}`"), "default": format!("running:{container}") });
            format!("{} = {}\n", text::key(name), text::inline(&value))
        };
        format!(
            "\n[inputs]\n{}",
            self.images.iter().map(one).collect::<String>()
        )
    }

    fn tag(&mut self, key: &str, difference: &Difference) {
        match &difference.running {
            Some(Value::String(value)) => drop(self.tags.insert(key.to_owned(), literal(value))),
            _ => self.leave(difference),
        }
    }

    fn without(&mut self, name: &str) {
        let left = Left {
            at: format!("container `{name}`"),
            text: format!("container `{name}` is in the template and not in what runs"),
            lowers: false,
        };
        if !self.left.contains(&left) {
            self.left.push(left);
        }
    }

    fn leave(&mut self, difference: &Difference) {
        let shown = |value: &Option<Value>| {
            value
                .as_ref()
                .map_or("nothing".to_owned(), |value| format!("`{value}`"))
        };
        let (template, running) = (shown(&difference.template), shown(&difference.running));
        let at = format!("`{}`", difference.address);
        self.left.push(Left {
            text: format!("{at}: {template} in the template, {running} in what runs"),
            lowers: lowers(difference),
            at,
        });
    }

    /// The settings of a container; a sidecar where the template has none of its name.
    fn of(&mut self, running: &Running<'_>, name: &str) -> &mut Table {
        let is_new = running.template.container(name).is_none();
        let list = if is_new {
            &mut self.sidecars
        } else {
            &mut self.containers
        };
        let value = list.entry(name).or_insert_with(|| match is_new {
            // A sidecar is not essential where nothing else is said.
            true => json!({ "essential": essential(running.definition.container(name)) }),
            false => Value::Object(Table::new()),
        });
        value.as_object_mut().expect("only tables are put in here")
    }

    fn setting(
        &mut self,
        running: &Running<'_>,
        name: &str,
        member: &str,
        rest: &[&str],
        difference: &Difference,
    ) {
        let Some(container) = running.definition.container(name) else {
            return;
        };
        let template = running.template.container(name);
        let now = container.get(member).filter(|value| !value.is_null());
        let into = self.of(running, name);
        match (member, rest) {
            ("image", _) => self.image(running, name, now),
            ("environment", [variable, ..]) => environment(into, container, variable),
            ("secrets", [variable, ..]) => secret(into, container, variable, running.short),
            ("dockerLabels", [label]) if now.and_then(|labels| labels.get(label)).is_some() => {
                put(
                    into,
                    "labels",
                    label,
                    difference.running.clone().map(escaped),
                );
            }
            ("logConfiguration", _) => log(into, template, now, running.short),
            ("healthCheck", _) => health_check(into, now),
            ("dependsOn", [on, ..]) if difference.running.is_some() => {
                put(
                    into,
                    "depends-on",
                    on,
                    difference.running.clone().map(escaped),
                );
            }
            _ => match MEMBERS.iter().find(|(_, known)| *known == member) {
                Some((setting, _)) if now.is_some() => {
                    into.insert(
                        (*setting).to_owned(),
                        escaped(now.cloned().unwrap_or_default()),
                    );
                }
                _ => anywhere(into, difference),
            },
        }
    }

    /// The image becomes an input, so that the next deploy can give another one.
    fn image(&mut self, running: &Running<'_>, name: &str, image: Option<&Value>) {
        let Some(image) = image.and_then(Value::as_str) else {
            return;
        };
        if running.template.container(name).is_none() {
            self.of(running, name)
                .insert("image".to_owned(), literal(image));
            return;
        }
        let same = |(_, container): &&(String, String)| {
            running
                .definition
                .container(container)
                .and_then(|c| c.get("image")?.as_str())
                == Some(image)
        };
        let input = match self.images.iter().find(same) {
            Some((input, _)) => input.clone(),
            None => {
                let input = if self.images.is_empty() {
                    "image".to_owned()
                } else {
                    format!("{name}-image")
                };
                self.images.push((input.clone(), name.to_owned()));
                input
            }
        };
        self.of(running, name).insert(
            "image".to_owned(),
            Value::from(format!("${{inputs.{input}}}")),
        );
    }

    /// Where no image differs, the first essential container's becomes an input nevertheless.
    fn main_image(&mut self, running: &Running<'_>) {
        let main = running
            .definition
            .containers()
            .iter()
            .find(|container| essential(Some(container)));
        let name = main.and_then(|container| container.get("name")?.as_str());
        if let (true, Some(name)) = (self.images.is_empty(), name) {
            let image = main.and_then(|container| container.get("image"));
            self.image(running, name, image);
        }
    }
}

fn image_first(settings: &mut Value) {
    let Some(members) = settings.as_object_mut() else {
        return;
    };
    let rest = std::mem::take(members);
    let (image, others): (Table, Table) = rest.into_iter().partition(|(name, _)| name == "image");
    members.extend(image.into_iter().chain(others));
}

/// Whether ECS stops the task with this container.
fn essential(container: Option<&Value>) -> bool {
    container
        .and_then(|container| container.get("essential")?.as_bool())
        .unwrap_or(true)
}

/// A string that stands for itself in acetate.toml.
pub fn literal(text: &str) -> Value {
    Value::from(text.replace("${", "$${"))
}

fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) => literal(&text),
        Value::Array(items) => Value::Array(items.into_iter().map(escaped).collect()),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| (name, escaped(value)))
                .collect(),
        ),
        other => other,
    }
}

/// Puts a value into a table of the settings.
fn put(into: &mut Table, table: &str, name: &str, value: Option<Value>) {
    let inner = into
        .entry(table)
        .or_insert_with(|| Value::Object(Table::new()));
    if let (Some(inner), Some(value)) = (inner.as_object_mut(), value) {
        inner.insert(name.to_owned(), value);
    }
}

/// Adds a name to a list of the settings, once.
fn add(into: &mut Table, list: &str, name: &str) {
    let names = into.entry(list).or_insert_with(|| Value::Array(Vec::new()));
    if let Some(names) = names
        .as_array_mut()
        .filter(|names| !names.contains(&Value::from(name)))
    {
        names.push(literal(name));
    }
}

/// The element of a list of named things.
fn named<'a>(container: &'a Value, list: &str, name: &str, member: &str) -> Option<&'a str> {
    let mut elements = container.get(list)?.as_array()?.iter();
    elements
        .find(|element| element["name"] == name)?
        .get(member)?
        .as_str()
}

fn environment(into: &mut Table, container: &Value, name: &str) {
    match named(container, "environment", name, "value") {
        Some(value) => put(into, "env", name, Some(literal(value))),
        // A secret of its name takes the variable's place by itself.
        None if named(container, "secrets", name, "valueFrom").is_some() => {}
        None => add(into, "remove-env", name),
    }
}

fn secret(into: &mut Table, container: &Value, name: &str, short: &dyn Fn(&str) -> Option<String>) {
    match named(container, "secrets", name, "valueFrom") {
        Some(value) => {
            let reference = short(value).unwrap_or_else(|| value.to_owned());
            put(into, "secrets", name, Some(literal(&reference)));
        }
        None => add(into, "remove-secrets", name),
    }
}

fn log(
    into: &mut Table,
    template: Option<&Value>,
    now: Option<&Value>,
    short: &dyn Fn(&str) -> Option<String>,
) {
    let Some(now) = now else {
        into.insert("log".to_owned(), Value::Bool(false));
        return;
    };
    let mut log = Table::new();
    log.insert(
        "driver".to_owned(),
        now.get("logDriver").cloned().unwrap_or_default(),
    );
    if let Some(options) = now.get("options").filter(|options| options.is_object()) {
        log.insert("options".to_owned(), escaped(options.clone()));
    }
    for option in now
        .get("secretOptions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let (Some(name), Some(value)) = (option["name"].as_str(), option["valueFrom"].as_str()) {
            let reference = short(value).unwrap_or_else(|| value.to_owned());
            put(&mut log, "secret-options", name, Some(literal(&reference)));
        }
    }
    into.insert("log".to_owned(), Value::Object(log));
    let before = template.and_then(|template| template.get("logConfiguration"));
    // What belongs to another driver goes by itself.
    if let Some(before) = before.filter(|before| before.get("logDriver") == now.get("logDriver")) {
        let options = before
            .get("options")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let options = options.map(|(name, _)| ("options", name.as_str()));
        let secrets = before
            .get("secretOptions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let secrets =
            secrets.filter_map(|option| Some(("secretOptions", option["name"].as_str()?)));
        for (list, name) in options
            .chain(secrets)
            .filter(|(list, name)| !has_option(now, list, name))
        {
            let place = Address::root()
                .child("logConfiguration")
                .child(list)
                .child(name);
            add(into, "remove", place.to_string().trim_start_matches('/'));
        }
    }
}

fn has_option(log: &Value, list: &str, name: &str) -> bool {
    log[list].get(name).is_some() || named(log, list, name, "name").is_some()
}

fn health_check(into: &mut Table, now: Option<&Value>) {
    let check = match now.and_then(Value::as_object) {
        None => Value::Bool(false),
        Some(check) => {
            let name = |member: &str| {
                if member == "startPeriod" {
                    "start-period".to_owned()
                } else {
                    member.to_owned()
                }
            };
            let kept = check.iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                kept.map(|(member, value)| (name(member), escaped(value.clone())))
                    .collect(),
            )
        }
    };
    into.insert("health-check".to_owned(), check);
}

/// A place that has no setting of its own, by its address within the container.
fn anywhere(into: &mut Table, difference: &Difference) {
    let within = difference.address.tokens().iter().skip(2);
    let place = within.fold(Address::root(), |place, token| place.child(token.as_str()));
    let place = place.to_string();
    match &difference.running {
        Some(value) => put(
            into,
            "json",
            place.trim_start_matches('/'),
            Some(escaped(value.clone())),
        ),
        None => add(into, "remove", place.trim_start_matches('/')),
    }
}

fn suspicious(running: &Running<'_>, container: &str, settings: &Value, found: &mut Vec<String>) {
    let variables = settings
        .get("env")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let names: BTreeSet<&String> = variables
        .filter(|(name, value)| {
            value
                .as_str()
                .is_some_and(|value| (running.looks_secret)(name, value))
        })
        .map(|(name, _)| name)
        .collect();
    found.extend(names.into_iter().map(|name| format!("{container}/{name}")));
}
