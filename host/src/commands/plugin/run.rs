//! `plugin run`: one plugin against a template file, without AWS and without acetate.toml.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::coredump::CoredumpArgs;
use super::given;
use super::stats::{self, Stat};
use crate::cli::{Global, name_and_value};
use crate::config::limits::{self, COMPONENT_BYTES, Limit, Limits};
use crate::edit::Edit;
use crate::error::{Error, ErrorKind};
use crate::event::{Diagnostic, Severity};
use crate::output::{Output, escape, mask};
use crate::overlay::{Rule, Session};
use crate::plugin::{
    self, Attempt, EntryInput, Kind, Lookups, NoLookups, Plugin, PluginSource, Runtime,
};
use crate::recording::Recording;
use crate::store;
use crate::task_definition::TaskDefinition;
use crate::template;

/// Runs a plugin against a template file: no AWS, no acetate.toml
#[derive(Debug, Args)]
#[command(
    after_help = "Prints what an overlay edits, or what a policy finds. Inputs are given with `--set`.\n\
What can be looked up is what a recording holds. Example:\n  \
acetate plugin run otel.wasm --template template.json --plugin-config '{\"endpoint\":\"http://otel\"}' --stats"
)]
pub struct RunArgs {
    /// The plugin: FILE, `path:FILE` or `builtin:NAME`
    #[arg(value_name = "PLUGIN")]
    plugin: String,
    /// Task definition that it works on; `-` is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "replay")]
    template: Option<PathBuf>,
    /// Recording of a run (`render --record`) to look up in; its template, where none is given
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Its configuration: JSON, or a file of JSON or TOML
    #[arg(long, value_name = "JSON|FILE")]
    plugin_config: Option<String>,
    /// Place that it may edit (can be repeated); those that its manifest names where none is given
    #[arg(long, value_name = "PLACE")]
    allow: Vec<Rule>,
    /// What it may look up, all of it without a pattern (can be repeated)
    #[arg(long, value_name = "CAPABILITY[=PATTERN]")]
    grant: Vec<String>,
    /// What is deployed where, as `service=web` (can be repeated)
    #[arg(long, value_name = "KEY=VALUE", value_parser = name_and_value)]
    target: Vec<(String, String)>,
    /// Family of the revision; the template's own where none is given
    #[arg(long, value_name = "NAME")]
    family: Option<String>,
    /// How much it may use, as `memory=64MiB` (can be repeated)
    #[arg(long, value_name = "LIMIT=AMOUNT", value_parser = limit)]
    limit: Vec<(&'static Limit, u64)>,
    /// What is printed of an overlay that ends well
    #[arg(long, value_enum, default_value_t)]
    output: Shown,
    /// Print what it used of every limit
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    coredump: CoredumpArgs,
}

/// What is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Shown {
    /// The edits, a line each.
    #[default]
    Edits,
    /// The document with the edits applied.
    Document,
}

#[derive(Serialize)]
struct Report<'a> {
    plugin: &'a str,
    version: Option<&'a str>,
    kind: &'static str,
    digest: &'a str,
    /// Whether it ended well: otherwise nothing of its edits would be applied.
    applied: bool,
    edits: Vec<Edit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<&'a Value>,
    findings: &'a [Diagnostic],
    traced: Vec<Value>,
    compiler: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<Vec<Stat>>,
}

/// Runs it and prints what came of it.
///
/// # Errors
/// Whatever keeps the plugin from running or ends its run; see [`crate::plugin::PluginError`].
pub fn run(args: &RunArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let coredumps = args.coredump.wanted()?;
    let limits = args
        .limit
        .iter()
        .fold(Limits::default(), |limits, (limit, amount)| {
            limit.set(limits, *amount)
        });
    let source = given::plugin(&args.plugin, COMPONENT_BYTES.allowed(&limits))?;
    let is_builtin = matches!(source, PluginSource::Builtin(_));
    let recording = args.replay.as_deref().map(given::recording).transpose()?;
    let template = template(args, recording.as_ref())?;
    let store = store::of_this_user();
    let runtime = Runtime::with_store(Arc::clone(&store), coredumps)?;
    let runtime = runtime.apart_from(plugin::LARGE);
    let plugin = plugin::load(&runtime, source, &limits);
    super::super::told(&store, out);
    let plugin = plugin?;
    out.diagnostics(&plugin.diagnostics);
    let mut entry = EntryInput {
        builtin: is_builtin,
        ..entry(args, global, &plugin)?
    };
    let region = recording.as_ref().and_then(|r| r.world.region.clone());
    if let Some(region) = region {
        entry.target.entry("region".to_owned()).or_insert(region);
    }
    let lookups: Arc<dyn Lookups> = match recording {
        Some(recording) => Arc::new(recording),
        None => Arc::new(NoLookups),
    };
    let attempt = attempt(&plugin, &entry, lookups, &limits, (template, args))?;
    super::super::told(&store, out);
    print(args, &plugin, &attempt, &limits, out);
    if let Err(error) = &attempt.outcome {
        args.coredump.keep(error, out);
    }
    attempt.outcome?;
    make_code(&plugin, out)
}

/// With all printed, makes the native code that further runs are quick by. A plugin that failed
/// will be another one next time.
fn make_code(plugin: &Plugin, out: &mut Output) -> Result<(), Error> {
    let Some(later) = plugin.later() else {
        return Ok(());
    };
    out.note(&format!(
        "done; making native code of `{}` for the runs to come",
        plugin.name
    ));
    out.finish()?;
    if let Err(error) = later.make() {
        out.warn(&format!("there will be none: {error}"));
    }
    Ok(())
}

/// The template file, or the template of the recording.
fn template(args: &RunArgs, recording: Option<&Recording>) -> Result<TaskDefinition, Error> {
    let (reference, text) = match (&args.template, recording) {
        (Some(file), _) => (format!("file:{}", file.display()), given::read(file)?),
        (None, Some(Recording { world, .. })) => {
            let kept = &world.template;
            (kept.reference.clone(), kept.text.clone().into_bytes())
        }
        (None, None) => {
            let message = "neither a template nor a recording was given";
            return Err(Error::new(ErrorKind::Usage, message));
        }
    };
    Ok(template::from_text(&reference, text)?.definition)
}

fn attempt(
    plugin: &Plugin,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
    (document, args): (TaskDefinition, &RunArgs),
) -> Result<Attempt, Error> {
    let family = document.family().unwrap_or_default().to_owned();
    let family = args.family.as_deref().unwrap_or(&family);
    let session = Session::new(document.clone(), family);
    match plugin.kind {
        Kind::Overlay => plugin::attempt_overlay(plugin, &session, entry, lookups, limits),
        Kind::Policy => {
            let overlaid = session.finish();
            plugin::attempt_policy(plugin, &overlaid, &document, entry, lookups, limits)
        }
    }
}

/// The entry as acetate.toml would have it.
fn entry(args: &RunArgs, global: &Global, plugin: &Plugin) -> Result<EntryInput, Error> {
    let config = args.plugin_config.as_deref().map(given::configuration);
    let wanted = plugin.manifest.iter().flat_map(|manifest| &manifest.edits);
    let allow = match args.allow.as_slice() {
        [] => wanted.filter_map(|place| place.parse().ok()).collect(),
        given => given.iter().cloned().collect(),
    };
    Ok(EntryInput {
        id: given::stem(&plugin.name),
        config: config.transpose()?.unwrap_or_else(|| json!({})),
        inputs: global.set.iter().cloned().collect::<BTreeMap<_, _>>(),
        target: args.target.iter().cloned().collect(),
        allow,
        grant: grants(&args.grant),
        ..EntryInput::default()
    })
}

/// `parameters=/web/*` is a pattern, `parameters` is all of it.
fn grants(given: &[String]) -> Value {
    let mut all = Map::new();
    for text in given {
        match text.split_once('=') {
            None => all.insert(text.clone(), Value::Bool(true)),
            Some((name, pattern)) => {
                let list = all.entry(name.to_owned()).or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    list.push(pattern.into());
                }
                continue;
            }
        };
    }
    Value::Object(all)
}

fn print(args: &RunArgs, plugin: &Plugin, attempt: &Attempt, limits: &Limits, out: &mut Output) {
    let report = &attempt.report;
    let stats = args.stats.then(|| stats::stats(&report.used, limits));
    let is_applied = attempt.outcome.is_ok();
    if out.is_json() {
        let manifest = plugin.manifest.as_ref();
        let document = (args.output == Shown::Document && is_applied).then(|| attempt.document());
        let traced = report.traced.iter();
        out.json(&Report {
            plugin: &plugin.name,
            version: manifest.map(|manifest| manifest.version.as_str()),
            kind: plugin.kind.name(),
            digest: plugin.digest(),
            applied: is_applied,
            edits: attempt.edits().iter().map(masked).collect(),
            document,
            findings: &report.diagnostics,
            traced: traced
                .map(|t| json!({ "level": t.level, "message": t.message }))
                .collect(),
            compiler: report.compiler.name(),
            stats,
        });
        return;
    }
    for traced in &report.traced {
        out.note(&format!("{}: {}", traced.level, traced.message));
    }
    // The error that ends the run tells the errors among them.
    let told = |d: &&Diagnostic| is_applied || d.severity != Severity::Error;
    let findings: Vec<_> = report.diagnostics.iter().filter(told).cloned().collect();
    out.diagnostics(&findings);
    if is_applied && plugin.kind == Kind::Overlay {
        match args.output {
            Shown::Edits => attempt
                .edits()
                .iter()
                .for_each(|edit| out.data(&line(edit))),
            Shown::Document => out.json(attempt.document()),
        }
    }
    if let Some(stats) = stats {
        out.data(&stats::text(&stats, report.compiler));
    }
}

fn masked(edit: &Edit) -> Edit {
    let at = edit.address.to_string();
    let masked = |value: &Option<Value>| value.as_ref().map(|value| mask::at(&at, value));
    Edit {
        old: masked(&edit.old),
        new: masked(&edit.new),
        ..edit.clone()
    }
}

/// `+` for new, `-` for gone, `~` for changed.
fn line(edit: &Edit) -> String {
    let Edit {
        address, old, new, ..
    } = masked(edit);
    let change = match (old, new) {
        (None, Some(new)) => format!("+ {address}  {new}"),
        (Some(old), None) => format!("- {address}  {old}"),
        (Some(old), Some(new)) => format!("~ {address}  {old} → {new}"),
        (None, None) => address.to_string(),
    };
    format!("{}\n", escape::line(&change))
}

fn limit(text: &str) -> Result<(&'static Limit, u64), String> {
    let (name, amount) = name_and_value(text)?;
    let known = limits::TABLE.iter().map(|limit| limit.name);
    let limit = limits::named(&name).ok_or_else(|| {
        let known = known.collect::<Vec<_>>().join(", ");
        format!("there is no limit `{name}`; there are {known}")
    })?;
    Ok((limit, limit.parse(&amount)?))
}
