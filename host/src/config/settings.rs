//! The settings of one service in one environment: merged, filled, typed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::check::{self, Stage};
use super::compilers::Compilers;
use super::format::{self, PluginRef};
use super::inputs::{UNKNOWN_YET, Value};
use super::keys;
use super::limits::Limits;
use super::nearest::{did_you_mean, listed};
use super::node::{Node, Table};
use super::problem::{Findings, Place, Problem};
use super::template_ref::TemplateRef;
use super::variables::{self, Variable};
use crate::overlay::Allow;

/// Name of the entry that `[containers]`, `[sidecars]` and `[tags]` are short for.
pub const STANDARD: &str = "standard";

/// The tables whose content is the configuration of the entry [`STANDARD`].
pub(super) const STANDARD_TABLES: [&str; 3] = ["containers", "sidecars", "tags"];

/// Where an input that is what runs now may be used: what is read after the service.
const AFTER_READING: [&str; 7] = [
    "containers",
    "sidecars",
    "tags",
    "before",
    "after",
    "overlays",
    "policies",
];

/// All that one run needs to know about one service (or one task) in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What to call it: the key in `[services]`, else the service, else the family.
    pub name: String,
    /// The environment chosen.
    pub environment: Option<String>,
    /// Name or ARN of the cluster; ECS means `default` by none.
    pub cluster: Option<String>,
    /// Name of the ECS service; none for scheduled and standalone tasks.
    pub service: Option<String>,
    /// Where the template is.
    pub template: TemplateRef,
    /// Family to register into.
    pub family: String,
    /// Account guard: 12 digits.
    pub account: Option<String>,
    /// AWS region.
    pub region: Option<String>,
    /// Profile of the AWS configuration files.
    pub profile: Option<String>,
    /// ARN of the role to work as.
    pub assume_role: Option<String>,
    /// The overlays in the order in which they are laid on.
    pub overlays: Vec<Entry>,
    /// The policies in the order in which they judge.
    pub policies: Vec<Entry>,
    /// Which compilers make code of plugins.
    pub compilers: Compilers,
    /// How a deployment is followed.
    pub deploy: Deploy,
    /// One-off tasks before the service moves.
    pub before: Vec<Step>,
    /// One-off tasks after the service moved.
    pub after: Vec<Step>,
    /// Keys of services that are deployed before this one.
    pub after_services: Vec<String>,
    /// Whether to ask before a deploy where a terminal is there.
    pub confirm: bool,
    /// Names of the inputs in use that still are `running:CONTAINER`.
    pub running_inputs: Vec<String>,
    /// Every input in use or declared with a value; `running:CONTAINER` where it is not known yet.
    pub inputs: BTreeMap<String, String>,
    pub(super) source: Source,
}

/// What settings are made from; kept to make them again when more is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    pub file: String,
    pub merged: Table,
    pub key: Option<String>,
    pub environment: Option<String>,
    pub values: BTreeMap<Variable, Value>,
    pub inputs: Vec<String>,
}

/// How a deployment is followed and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deploy {
    /// How long it is waited for.
    pub timeout: Duration,
    /// What to do when it failed and ECS does not roll back itself.
    pub on_failure: Reaction,
    /// What to do when the time runs out.
    pub on_timeout: Reaction,
    /// Failed tasks after which a service without circuit breaker is judged failed; none never judges.
    pub fail_after: Option<u32>,
    /// How far it is followed: `accepted`, `stage:NAME` or `done`.
    pub wait_until: String,
    /// Whether nothing running is no success.
    pub require_running: bool,
    /// Checks of `verify` that are left out.
    pub skip_checks: Vec<String>,
    /// Name of the SSM parameter that gets the ARN of what runs.
    pub publish: Option<String>,
    /// Whether revisions carry stamps.
    pub stamp: bool,
    /// What becomes of the template's tags.
    pub template_tags: TemplateTags,
}

/// What to do about a deployment that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Go back to what last ran well.
    Rollback,
    /// Leave it and say so.
    Leave,
}

/// What becomes of the template's tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateTags {
    /// They are registered too.
    Copy,
    /// They are left out.
    Drop,
}

/// A one-off task on the new revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name in acetate.toml.
    pub name: String,
    /// The container whose command is replaced.
    pub container: String,
    /// The command; the container's own where it is empty.
    pub command: Vec<String>,
}

/// A plugin at work: one of `[overlays]` or `[policies]`, or the built-in one.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name in acetate.toml; [`STANDARD`] for the built-in one.
    pub id: String,
    /// The plugin.
    pub plugin: PluginRef,
    /// Lower comes first; ties go by name, the built-in one before all.
    pub order: i64,
    /// Places that it may edit.
    pub allow: Allow,
    /// What it may look up, by capability: arrays of strings, or booleans.
    pub grant: Json,
    /// Places where it may win over an earlier entry.
    pub overrides: Vec<String>,
    /// Names of the inputs that it may read.
    pub inputs: Vec<String>,
    /// How much it may use.
    pub limits: Limits,
    /// Its configuration: always an object.
    pub config: Json,
}

impl Settings {
    /// What is written at `key` of `[deploy]`, defaults aside.
    #[must_use]
    pub fn deploy_as_written(&self, key: &str) -> Option<&str> {
        self.source.merged.table("deploy")?.text(key)
    }

    /// Fills the inputs that are `running:CONTAINER` with the images that the containers of the
    /// running revision have, by container name.
    ///
    /// # Errors
    /// An input in use whose container does not run.
    pub fn with_running(self, images: &BTreeMap<String, String>) -> Result<Self, Vec<Problem>> {
        let mut source = self.source;
        let mut findings = Findings::new(&source.file);
        let used = variables::all_used(&source.merged);
        for (variable, value) in &mut source.values {
            let Value::Running(container) = value else {
                continue;
            };
            let place = used
                .iter()
                .find(|(name, _)| name == variable)
                .map(|(_, place)| place);
            match (images.get(container), variable) {
                (Some(image), _) => *value = Value::Given(image.clone()),
                (None, Variable::Input(name)) => {
                    let runs = match images.len() {
                        0 => "nothing runs yet".to_owned(),
                        _ => format!(
                            "container `{container}` does not run, only {}",
                            listed(images.keys().map(String::as_str))
                        ),
                    };
                    let hint = format!("give it with `--set {name}=…`");
                    let place = place.cloned().unwrap_or_default();
                    findings.add(
                        &place,
                        format!("input `{name}` has no value: {runs}"),
                        Some(hint),
                    );
                }
                (None, Variable::Env | Variable::Service) => {}
            }
        }
        findings.or(source).and_then(build)
    }
}

/// Makes settings from what was merged and resolved.
pub(super) fn build(source: Source) -> Result<Settings, Vec<Problem>> {
    let mut findings = Findings::new(&source.file);
    too_early(&source, &mut findings);
    let lookup = |name: &Variable| source.values.get(name).map(Value::shown);
    let table = variables::fill_table(&source.merged, &lookup);
    check::table(&table, &[keys::LAYER], Stage::Filled, &mut findings);
    let overlays = overlays(&table, &source.inputs, &mut findings);
    let policies = entries(&table, "policies", &source.inputs, &mut findings);
    let (before, after) = (
        steps(&table, "before", &mut findings),
        steps(&table, "after", &mut findings),
    );
    let template = table.text("template").and_then(|text| text.parse().ok());
    let (Some(template), Some(family)) = (template, owned(&table, "family")) else {
        required(&table, &mut findings);
        return Err(findings.all());
    };
    let service = owned(&table, "service").or_else(|| source.key.clone());
    let name = source
        .key
        .as_ref()
        .or(service.as_ref())
        .unwrap_or(&family)
        .clone();
    let (inputs, running_inputs) = inputs(&source);
    findings.or(Settings {
        name,
        environment: source.environment.clone(),
        cluster: owned(&table, "cluster"),
        service,
        template,
        family,
        account: owned(&table, "account"),
        region: owned(&table, "region"),
        profile: owned(&table, "profile"),
        assume_role: owned(&table, "assume-role"),
        overlays,
        policies,
        compilers: Compilers::of(&table),
        deploy: deploy(table.table("deploy").unwrap_or(&Table::default())),
        before,
        after,
        after_services: table
            .get("after-services")
            .map(Node::texts)
            .unwrap_or_default(),
        confirm: table
            .get("confirm")
            .and_then(Node::boolean)
            .unwrap_or(false),
        running_inputs,
        inputs,
        source,
    })
}

/// Reports what no configuration can do without.
pub(super) fn required(table: &Table, findings: &mut Findings) {
    let needs = [
        (
            "template",
            "say where the template is, as `template = \"ecs:FAMILY\"`",
        ),
        (
            "family",
            "name the family to register into, as `family = \"NAME\"`; it must not be the template's",
        ),
    ];
    for (name, hint) in needs {
        if table.get(name).is_none() {
            findings.add(
                &Place::default(),
                format!("`{name}` is missing"),
                Some(hint.to_owned()),
            );
        }
    }
}

fn owned(table: &Table, name: &str) -> Option<String> {
    table.text(name).map(str::to_owned)
}

/// Reports inputs that are what runs now where it must be known before the service is read.
fn too_early(source: &Source, findings: &mut Findings) {
    let early = source
        .merged
        .fields
        .iter()
        .filter(|field| !AFTER_READING.contains(&field.name.as_str()));
    for (variable, place) in variables::all_used(&Table {
        fields: early.cloned().collect(),
    }) {
        if let (Variable::Input(name), Some(Value::Running(_))) =
            (&variable, source.values.get(&variable))
        {
            let hint = format!("give it with `--set {name}=…`, or use another input here");
            findings.add(&place, format!("input `{name}` {UNKNOWN_YET}"), Some(hint));
        }
    }
}

fn inputs(source: &Source) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut all, mut running) = (BTreeMap::new(), Vec::new());
    for (variable, value) in &source.values {
        let Variable::Input(name) = variable else {
            continue;
        };
        all.insert(name.clone(), value.shown());
        if matches!(value, Value::Running(_)) {
            running.push(name.clone());
        }
    }
    (all, running)
}

fn overlays(table: &Table, inputs: &[String], findings: &mut Findings) -> Vec<Entry> {
    let mut all = entries(table, "overlays", inputs, findings);
    if let Some(field) = table
        .table("overlays")
        .and_then(|all| all.fields.iter().find(|field| field.name == STANDARD))
    {
        let hint =
            "it is the entry of `[containers]`, `[sidecars]` and `[tags]`; choose another name"
                .to_owned();
        findings.add(
            &field.place,
            format!("overlay cannot be named `{STANDARD}`"),
            Some(hint),
        );
    }
    let config: Map<String, Json> = STANDARD_TABLES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), table.get(name)?.json())))
        .collect();
    if !config.is_empty() {
        let at = all.partition_point(|entry| entry.order < 0);
        all.insert(at, standard(config));
    }
    all
}

fn standard(config: Map<String, Json>) -> Entry {
    Entry {
        id: STANDARD.to_owned(),
        plugin: PluginRef::Builtin(STANDARD.to_owned()),
        order: 0,
        allow: Allow::default(),
        grant: Json::Object(Map::new()),
        overrides: Vec::new(),
        inputs: Vec::new(),
        limits: Limits::default(),
        config: Json::Object(config),
    }
}

/// The entries of a list in their order.
fn entries(table: &Table, list: &str, inputs: &[String], findings: &mut Findings) -> Vec<Entry> {
    let mut all = Vec::new();
    let limits = Limits::default().with(table.table("limits"));
    for (field, entry) in table.tables(list) {
        check_inputs(entry, inputs, findings);
        let Some(plugin) = entry.get("plugin") else {
            let hint = format!(
                "say which, as `plugin = \"oci:REFERENCE\"` in `[{list}.{}]`",
                field.name
            );
            findings.add(
                &field.place,
                format!("`{}` has no plugin", field.name),
                Some(hint),
            );
            continue;
        };
        let Some(plugin) = plugin.text().and_then(|text| text.parse().ok()) else {
            continue;
        };
        let object = |name| Json::Object(entry.table(name).map(Table::json).unwrap_or_default());
        let texts = |name| entry.get(name).map(Node::texts).unwrap_or_default();
        all.push(Entry {
            id: field.name.clone(),
            plugin,
            order: entry.get("order").and_then(Node::integer).unwrap_or(0),
            allow: allow(entry),
            grant: object("grant"),
            overrides: texts("override"),
            inputs: texts("inputs"),
            limits: limits.with(entry.table("limits")),
            config: object("config"),
        });
    }
    all.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
    all
}

/// The lines of `allow`; one that is none was told before.
fn allow(entry: &Table) -> Allow {
    let lines = entry.get("allow").map(Node::texts).unwrap_or_default();
    lines.iter().filter_map(|line| line.parse().ok()).collect()
}

fn check_inputs(entry: &Table, inputs: &[String], findings: &mut Findings) {
    for node in entry.get("inputs").map(Node::list).unwrap_or_default() {
        let Some(name) = node.text() else { continue };
        if !inputs.iter().any(|known| known == name) {
            let hint = did_you_mean(name, inputs.iter().map(String::as_str));
            let hint =
                hint.or_else(|| Some(format!("declare it in `[inputs]`, as `{name} = {{}}`")));
            findings.add(&node.place, format!("unknown input `{name}`"), hint);
        }
    }
}

fn steps(table: &Table, list: &str, findings: &mut Findings) -> Vec<Step> {
    let mut all = Vec::new();
    for (field, step) in table.tables(list) {
        match owned(step, "container") {
            Some(container) => all.push(Step {
                name: field.name.clone(),
                container,
                command: step.get("command").map(Node::texts).unwrap_or_default(),
            }),
            None => {
                let hint = "say whose command it replaces, as `container = \"app\"`".to_owned();
                findings.add(
                    &field.place,
                    format!("`{}` has no container", field.name),
                    Some(hint),
                );
            }
        }
    }
    all
}

fn deploy(table: &Table) -> Deploy {
    let reaction = |name: &str, default| match table.text(name) {
        Some("rollback") => Reaction::Rollback,
        Some("leave") => Reaction::Leave,
        _ => default,
    };
    let count = table
        .get("fail-after")
        .and_then(Node::integer)
        .map_or(5, |count| u32::try_from(count).unwrap_or(u32::MAX));
    let timeout = table
        .text("timeout")
        .and_then(|text| format::duration(text).ok());
    Deploy {
        timeout: timeout.unwrap_or(Duration::from_secs(15 * 60)),
        on_failure: reaction("on-failure", Reaction::Rollback),
        on_timeout: reaction("on-timeout", Reaction::Leave),
        fail_after: (count > 0).then_some(count),
        wait_until: table.text("wait-until").unwrap_or("done").to_owned(),
        require_running: table
            .get("require-running")
            .and_then(Node::boolean)
            .unwrap_or(false),
        skip_checks: table
            .get("skip-checks")
            .map(Node::texts)
            .unwrap_or_default(),
        publish: table
            .text("publish")
            .map(|text| text.trim_start_matches("ssm:").to_owned()),
        stamp: table.text("stamp") != Some("none"),
        template_tags: match table.text("template-tags") {
            Some("drop") => TemplateTags::Drop,
            _ => TemplateTags::Copy,
        },
    }
}
