//! `plan --out FILE` and `deploy --plan FILE`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{DeployArgs, Ready};
use crate::cli::Global;
use crate::commands::prepare::Project;
use crate::commands::prepare::read::revision;
use crate::config::STANDARD;
use crate::diff::{Change, Difference, diff};
use crate::error::{Error, ErrorKind, Unread, Unwritten};
use crate::output::{Output, mask};
use crate::plan::kept::{FORMAT, KeptPlan, KeptService, moved};
use crate::recording;
use crate::render::content_digest;
use crate::task_definition::TaskDefinition;

/// Writes the plans of a run into a file.
///
/// # Errors
/// A template that is a secret; the disk's.
pub fn write(
    ready: &[Ready],
    differences: &[Difference],
    args: &DeployArgs,
    global: &Global,
    file: &Path,
) -> Result<(), Error> {
    if let Some(one) = ready.iter().find(|one| one.prepared.template.secret) {
        let template = &one.prepared.template.reference;
        let message = format!(
            "template `{template}` is a SecureString, and no value of one is written to a plan"
        );
        return Err(Error::new(ErrorKind::Refused, message)
            .hint("a template names secrets and holds none: keep it as a String"));
    }
    let shown = |(one, difference): (&Ready, &Difference)| {
        let difference = serde_json::to_value(difference).map_err(bug)?;
        kept(one).map(|kept| KeptService { difference, ..kept })
    };
    let kept = KeptPlan {
        format: FORMAT.to_owned(),
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        environment: global.environment.clone(),
        force: args.force,
        replace: args.replace,
        skip_tasks: args.skip_tasks,
        shard: args.shard,
        services: ready
            .iter()
            .zip(differences)
            .map(shown)
            .collect::<Result<_, _>>()?,
    };
    let text = serde_json::to_string_pretty(&kept).map_err(bug)?;
    recording::put(&format!("{text}\n"), file).map_err(|source| {
        let file = file.display().to_string();
        Error::new(ErrorKind::Input, Unwritten { file, source })
    })
}

/// Reads such a file.
///
/// # Errors
/// [`ErrorKind::Input`] for what cannot be read, or is none.
pub fn read(file: &Path) -> Result<KeptPlan, Error> {
    let name = file.display().to_string();
    let text = recording::get(file).map_err(|source| {
        let file = name.clone();
        Error::new(ErrorKind::Input, Unread { file, source })
    })?;
    let is_none = |why: String| {
        Error::new(
            ErrorKind::Input,
            format!("`{name}` is no plan of this acetate: {why}"),
        )
        .hint("`acetate plan --out FILE` keeps one")
    };
    let kept: KeptPlan = serde_json::from_slice(&text).map_err(|e| is_none(e.to_string()))?;
    if kept.format != FORMAT {
        return Err(is_none(format!("its format is `{}`", kept.format)));
    }
    Ok(kept)
}

/// The options of the run, in the environment of the plan and with its configurations, where it
/// names some.
///
/// # Errors
/// [`ErrorKind::Refused`] where the run names another environment or configuration.
pub fn global(plan: &KeptPlan, global: &Global) -> Result<Global, Error> {
    let named = global.environment.as_ref();
    if named.is_some() && named != plan.environment.as_ref() {
        let of = plan.environment.as_deref().unwrap_or("none");
        let message = format!("the plan was made for the environment `{of}`");
        return Err(Error::new(ErrorKind::Refused, message).hint("leave `-e` out"));
    }
    let mut now = Global {
        environment: plan.environment.clone(),
        ..global.clone()
    };
    now.pace.jobs = plan.shard.map_or(1, |shard| shard.of);
    let configs = plan.services.iter().filter_map(|one| one.config.as_ref());
    let configs: BTreeSet<PathBuf> = configs.map(PathBuf::from).collect();
    if configs.is_empty() {
        return Ok(now);
    }
    if global.is_configured() {
        let message = "the plan names the configurations that it is of";
        return Err(Error::new(ErrorKind::Refused, message).hint("leave `-c` out"));
    }
    now.configs = configs.into_iter().collect();
    now.config = now.configs[0].clone();
    Ok(now)
}

/// The project of this service.
///
/// # Errors
/// [`ErrorKind::Bug`] where it was not read.
pub fn of(service: &KeptService, projects: &[Arc<Project>]) -> Result<Arc<Project>, Error> {
    let is_it = |project: &&Arc<Project>| match &service.config {
        Some(file) => project.global().config == Path::new(file),
        None => true,
    };
    let project = projects.iter().find(is_it).map(Arc::clone);
    project.ok_or_else(|| Error::new(ErrorKind::Bug, "a configuration of the plan was not read"))
}

/// The project with the inputs of the plan.
///
/// # Errors
/// [`ErrorKind::Refused`] where the run sets one to another value, [`ErrorKind::Input`] where one
/// that the plan withholds is not given.
pub fn project(service: &KeptService, project: &Project) -> Result<Project, Error> {
    let set = &project.global().set;
    let given = |name: &str| set.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v);
    for (name, value) in &service.inputs {
        if given(name).is_some_and(|now| now != value) {
            let message = format!("the plan was made with another value of the input `{name}`");
            return Err(Error::new(ErrorKind::Refused, message)
                .hint("leave the `--set` out, or plan again"));
        }
    }
    if let Some(name) = service.withheld.iter().find(|name| given(name).is_none()) {
        let message = format!("the input `{name}` looks like a credential and is not in the plan");
        return Err(
            Error::new(ErrorKind::Input, message).hint(format!("give it with `--set {name}=…`"))
        );
    }
    let inputs = service.inputs.iter();
    Ok(project.setting(inputs.map(|(n, v)| (n.clone(), v.clone())).collect()))
}

/// Refuses where anything is not as it was when the plan was made.
///
/// # Errors
/// [`ErrorKind::Refused`]; the differences are printed.
pub async fn check(then: &KeptService, now: &Ready, out: &mut Output) -> Result<(), Error> {
    let now_kept = kept(now)?;
    let moved = moved(then, &now_kept);
    if moved.is_empty() {
        return Ok(());
    }
    let service = &now.plan().service;
    moved
        .iter()
        .for_each(|what| out.warn(&format!("`{service}`: {what}")));
    for line in running_moved(then, now).await {
        out.warn(&format!("`{service}`: what runs: {line}"));
    }
    let message = format!("`{service}` moved since the plan was made");
    Err(Error::new(ErrorKind::Refused, message).hint("plan again, and look at what is planned now"))
}

/// How what runs differs from what ran when the plan was made, as far as that can still be read.
async fn running_moved(then: &KeptService, now: &Ready) -> Vec<String> {
    let prepared = &now.prepared;
    let Some(running) = &prepared.running else {
        return Vec::new();
    };
    let was = then.plan.pointer("/expected/task_definition");
    let Some(was) = was
        .and_then(Value::as_str)
        .filter(|was| *was != running.arn)
    else {
        return Vec::new();
    };
    let Ok(Some(then)) = revision(&prepared.aws, was).await else {
        return Vec::new();
    };
    let secret = mask::secret_inputs(&prepared.settings.inputs);
    let told = |change: Change| {
        let at = &change.address;
        let shown = |value: &Option<Value>| {
            let value = value.as_ref();
            value.map_or_else(
                || "nothing".to_owned(),
                |v| mask::without(&mask::at(at, v), &secret).to_string(),
            )
        };
        format!("{at}: {} → {}", shown(&change.old), shown(&change.new))
    };
    let changes = diff(&then.definition, &running.definition).into_iter();
    changes.map(told).collect()
}

/// What is kept of one service.
fn kept(one: &Ready) -> Result<KeptService, Error> {
    let prepared = &one.prepared;
    let is_shown =
        |(name, value): &(&String, &String)| mask::environment(name, value) == value.as_str();
    let (shown, withheld): (Vec<_>, Vec<_>) = prepared.settings.inputs.iter().partition(is_shown);
    let secret = mask::secret_inputs(&prepared.settings.inputs);
    let rendered = &prepared.rendered.definition;
    let empty = TaskDefinition::new(json!({})).expect("it is an object");
    let leaves = diff(&empty, rendered).into_iter();
    let leaves = leaves.map(|change| {
        let value = change.new.unwrap_or(Value::Null);
        let shown = mask::without(&mask::at(&change.address, &value), &secret);
        (change.address, shown)
    });
    let plugins = prepared.ran.iter().filter(|ran| ran.entry != STANDARD);
    Ok(KeptService {
        config: one.member.of.clone(),
        name: one.member.name.clone(),
        inputs: shown
            .into_iter()
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect(),
        withheld: withheld.into_iter().map(|(name, _)| name.clone()).collect(),
        template: prepared.template.reference.clone(),
        template_digest: prepared.template.digest.clone(),
        digest: content_digest(rendered),
        lock: prepared
            .ran
            .iter()
            .filter_map(|ran| Some((ran.entry.clone(), ran.locked.clone()?)))
            .collect(),
        plugins: plugins
            .map(|ran| (ran.entry.clone(), ran.digest.clone()))
            .collect(),
        definition: leaves.collect(),
        difference: Value::Null,
        plan: serde_json::to_value(one.plan()).map_err(bug)?,
    })
}

fn bug(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Bug, error)
}
