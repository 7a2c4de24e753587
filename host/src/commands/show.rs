//! `show`: what was read. Template and its exact revision, running revision, inputs, plugins.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::prepare::{KeepArgs, Need, Prepared, Project, prepare};
use crate::cli::Global;
use crate::error::Error;
use crate::output::{Output, escape, mask};
use crate::overlay::meaning::Powers;
use crate::recording::Extent;

/// Tells what was read: template, running revision, inputs, plugins
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    #[command(flatten)]
    keep: KeepArgs,
}

#[derive(Serialize)]
struct Shown {
    name: String,
    environment: Option<String>,
    cluster: Option<String>,
    service: Option<String>,
    family: String,
    template: ShownTemplate,
    running: Option<String>,
    latest: Option<String>,
    inputs: BTreeMap<String, String>,
    overlays: Vec<ShownEntry>,
    policies: Vec<ShownEntry>,
}

#[derive(Serialize)]
struct ShownTemplate {
    asked_for: String,
    read: String,
    digest: String,
}

#[derive(Serialize)]
struct ShownEntry {
    entry: String,
    plugin: String,
    digest: String,
    /// What acetate.lock says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<String>,
    /// What it may do; nothing is listed of the built-in one, which does what the user's own lines
    /// say.
    #[serde(skip_serializing_if = "Option::is_none")]
    powers: Option<Powers>,
}

/// Prints it.
///
/// # Errors
/// Whatever keeps it from being read or rendered.
pub async fn run(args: ShowArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?.keeping(&args.keep)?;
    let need = match project.kept().replayed() {
        Some(recording) => recorded(recording.world.extent),
        None if global.offline => Need::Template,
        None => Need::Service,
    };
    let prepared = prepare(&project, args.service.as_deref(), need, out).await?;
    project.kept().keep(&prepared, None)?;
    let shown = shown(&prepared);
    if out.is_json() {
        out.json(&shown);
    } else {
        out.data(&text(&shown));
    }
    Ok(())
}

/// As much as the recording holds.
const fn recorded(extent: Extent) -> Need {
    match extent {
        Extent::Template => Need::Template,
        Extent::Latest => Need::Latest,
        Extent::Service => Need::Service,
    }
}

fn shown(prepared: &Prepared) -> Shown {
    let settings = &prepared.settings;
    Shown {
        name: settings.name.clone(),
        environment: settings.environment.clone(),
        cluster: settings.cluster.clone(),
        service: settings.service.clone(),
        family: settings.family.clone(),
        template: ShownTemplate {
            asked_for: settings.template.to_string(),
            read: prepared.template.reference.clone(),
            digest: prepared.template.digest.clone(),
        },
        running: prepared
            .service
            .as_ref()
            .map(|service| service.task_definition.clone()),
        latest: prepared.latest.as_ref().map(|latest| latest.arn.clone()),
        inputs: settings
            .inputs
            .iter()
            .map(|(n, v)| (n.clone(), mask::environment(n, v).to_owned()))
            .collect(),
        overlays: entries(prepared, &settings.overlays),
        policies: entries(prepared, &settings.policies),
    }
}

fn entries(prepared: &Prepared, entries: &[crate::config::Entry]) -> Vec<ShownEntry> {
    let powers = prepared.powers();
    let told = |entry: &crate::config::Entry| {
        let ran = prepared.ran.iter().find(|ran| ran.entry == entry.id);
        ShownEntry {
            entry: entry.id.clone(),
            plugin: entry.plugin.to_string(),
            digest: ran.map_or(String::new(), |ran| ran.digest.clone()),
            locked: ran.and_then(|ran| ran.locked.clone()),
            powers: powers.iter().find(|p| p.entry == entry.id).cloned(),
        }
    };
    entries.iter().map(told).collect()
}

fn text(shown: &Shown) -> String {
    let mut lines = vec![
        (
            "template",
            format!(
                "{} (sha256 {})",
                shown.template.read, &shown.template.digest
            ),
        ),
        ("family", shown.family.clone()),
    ];
    if let Some(service) = &shown.service {
        lines.push((
            "service",
            format!(
                "{service} in {}",
                shown.cluster.as_deref().unwrap_or("default")
            ),
        ));
    }
    lines.extend(
        shown
            .environment
            .iter()
            .map(|name| ("environment", name.clone())),
    );
    lines.extend(shown.running.iter().map(|arn| ("running", arn.clone())));
    lines.extend(shown.latest.iter().map(|arn| ("latest", arn.clone())));
    lines.extend(
        shown
            .inputs
            .iter()
            .map(|(name, value)| ("input", format!("{name} = {value}"))),
    );
    for (kind, entries) in [("overlay", &shown.overlays), ("policy", &shown.policies)] {
        for e in entries {
            let what = format!("{}: {} (sha256 {})", e.entry, e.plugin, e.digest);
            lines.push((kind, what));
            let locked = e.locked.iter().map(|locked| ("  locked", locked.clone()));
            lines.extend(locked);
            let may = e.powers.iter().flat_map(|powers| &powers.may);
            lines.extend(may.map(|m| ("  may", format!("{}: {}", m.line, m.says))));
        }
    }
    let line = |(name, value): &(&str, String)| format!("{name:<12} {}\n", escape::line(value));
    lines.iter().map(line).collect()
}
