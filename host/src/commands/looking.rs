//! Settings for verbs that only look: inputs that were not given are no matter to them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::prepare::{Project, connection};
use crate::aws::{Aws, CallError, Missing};
use crate::cli::Global;
use crate::config::template_ref::TemplateRef;
use crate::config::{Selection, Settings};
use crate::error::{Error, ErrorKind};
use crate::output::{Output, mask};
use crate::plan::{Kind, Refusal};
use crate::wait::Goal;
use crate::wait::observation::ServiceView;

/// Stands for an input that was not given; no name in AWS can have it.
const NOT_GIVEN: &str = "<not given>";

/// The settings of one service. An input that was not given matters only where the cluster, the
/// service, the families or the account are made from it.
///
/// # Errors
/// Faults of the configuration; they are printed.
pub fn settings(
    project: &Project,
    service: Option<&str>,
    out: &mut Output,
) -> Result<Settings, Error> {
    let global = project.global();
    let mut set: Vec<(String, String)> = project
        .config()
        .inputs()
        .into_iter()
        .map(|name| (name, NOT_GIVEN.to_owned()))
        .collect();
    set.extend(global.set.iter().cloned());
    let selection = Selection {
        service,
        environment: global.environment.as_deref(),
        set: &set,
        env: &|name| std::env::var(name).ok(),
    };
    match project.config().settings(&selection) {
        Ok(settings) if !names(&settings).contains(NOT_GIVEN) => Ok(settings),
        // The usual way tells what is missing, and where.
        _ => project.settings(service, out),
    }
}

fn names(settings: &Settings) -> String {
    let optional = [
        &settings.cluster,
        &settings.service,
        &settings.account,
        &settings.region,
        &settings.profile,
        &settings.assume_role,
    ];
    let optional = optional.into_iter().flatten().cloned();
    let all = optional.chain([settings.family.clone(), settings.template.to_string()]);
    all.collect::<Vec<_>>().join("\n")
}

/// The services of a run: those named, else all of the configuration; `None` is the only one of
/// a configuration without `[services]`. A name that is there twice counts once.
#[must_use]
pub fn chosen(project: &Project, named: &[String]) -> Vec<Option<String>> {
    let names = if named.is_empty() {
        project.config().services()
    } else {
        let mut seen = BTreeSet::new();
        let first = |name: &&String| seen.insert((*name).clone());
        named.iter().filter(first).cloned().collect()
    };
    if names.is_empty() {
        return vec![None];
    }
    names.into_iter().map(Some).collect()
}

/// The service that the settings name, and its cluster.
///
/// # Errors
/// [`ErrorKind::Input`] where the configuration names none.
pub fn service_of(settings: &Settings) -> Result<(&str, &str), Error> {
    let cluster = settings.cluster.as_deref().unwrap_or("default");
    match &settings.service {
        Some(service) => Ok((cluster, service)),
        None => Err(Error::new(
            ErrorKind::Input,
            format!("the configuration of `{}` names no service", settings.name),
        )
        .hint("`acetate register` and `acetate run` work without one; `service = \"…\"` names it")),
    }
}

/// The service as it is, where nothing was changed yet.
///
/// # Errors
/// [`ErrorKind::Input`] where there is no such service or no such cluster; AWS's refusals.
pub async fn found(aws: &Aws, cluster: &str, service: &str) -> Result<ServiceView, Error> {
    let answer = aws.describe_services(cluster, &[service.to_owned()]).await;
    let no_cluster = |e: &CallError| e.code.as_deref() == Some("ClusterNotFoundException");
    let message = match answer {
        Ok(views) => match views.into_iter().next() {
            Some(Ok(view)) => return Ok(view),
            Some(Err(missing)) if is_daemon(aws, &missing).await => {
                let service = service.to_owned();
                let kind = Kind::Daemon;
                return Err(refused(Refusal::Controller { service, kind }));
            }
            _ => format!("service `{service}` does not exist in cluster `{cluster}`"),
        },
        Err(error) if no_cluster(&error) => format!("cluster `{cluster}` does not exist"),
        Err(error) => return Err(error.into_error(false)),
    };
    Err(Error::new(ErrorKind::Input, message).hint(
        "infrastructure code makes the service; check its name, the cluster, the account and the region",
    ))
}

/// Whether what is no service is a managed daemon; not where nobody may tell.
async fn is_daemon(aws: &Aws, missing: &Missing) -> bool {
    match missing.cluster() {
        Some(cluster) => aws.has_daemon(&cluster, &missing.name).await == Ok(true),
        None => missing.name.contains(":daemon/"),
    }
}

/// A refusal as it is told.
pub fn refused(refusal: Refusal) -> Error {
    let hint = refusal.hint();
    Error::new(ErrorKind::Refused, refusal).hint(hint)
}

/// A goal with what the run and the configuration say.
#[must_use]
pub fn goal(
    settings: &Settings,
    goal: Goal,
    timeout: Option<Duration>,
    require_running: bool,
    again: Again,
) -> Goal {
    Goal {
        cluster: settings
            .cluster
            .clone()
            .unwrap_or_else(|| "default".to_owned()),
        template_family: template_family(settings),
        fail_after: settings.deploy.fail_after,
        require_running: require_running || settings.deploy.require_running,
        timeout: timeout.unwrap_or(settings.deploy.timeout).as_secs_f64(),
        resume: again.wait,
        proceed: (again.proceed, again.abort),
        calls: 1,
        ..goal
    }
}

/// The family of the template, unless it is the one that acetate registers in; without a look.
#[must_use]
pub fn template_family(settings: &Settings) -> Option<String> {
    match &settings.template {
        TemplateRef::Ecs { family, .. } if *family != settings.family => Some(family.clone()),
        _ => None,
    }
}

/// Command lines that go on where this run is.
#[derive(Debug, Clone)]
pub struct Again {
    /// Follows.
    pub wait: String,
    /// Deploys.
    pub deploy: String,
    /// Lets a paused deployment go on.
    pub proceed: String,
    /// Rolls a deployment back.
    pub abort: String,
    /// Goes back from what is done.
    pub rollback: String,
}

/// The command lines for this service: the options of this run that say where.
#[must_use]
pub fn again(global: &Global, name: Option<&str>) -> Again {
    // What is followed needs no inputs; what is deployed is made of them.
    Again {
        wait: line(global, "wait", name, &[]),
        deploy: line(global, "deploy", name, &inputs(global)),
        proceed: line(global, "continue", name, &[]),
        abort: line(global, "abort", name, &[]),
        rollback: line(global, "rollback", name, &[]),
    }
}

/// The inputs of this run as options; whoever runs them again fills in what looks like a
/// credential.
#[must_use]
pub fn inputs(global: &Global) -> Vec<String> {
    let options = |(name, value): &(String, String)| {
        let shown = match mask::environment(name, value) {
            mask::MASK => "…",
            plain => plain,
        };
        ["--set".to_owned(), format!("{name}={shown}")]
    };
    global.set.iter().flat_map(options).collect()
}

/// The command line of a verb for a service, with the options of this run that say where, and
/// `more` at its end.
#[must_use]
pub fn line(global: &Global, verb: &str, name: Option<&str>, more: &[String]) -> String {
    let mut words = vec!["acetate".to_owned()];
    let config = global.config.display().to_string();
    if config != "acetate.toml" {
        words.extend(["-c".to_owned(), config]);
    }
    let options = [
        ("-e", &global.environment),
        ("--region", &global.region),
        ("--profile", &global.profile),
        ("--endpoint-url", &global.endpoint_url),
    ];
    for (option, value) in options {
        words.extend(value.iter().flat_map(|v| [option.to_owned(), v.clone()]));
    }
    let end = [Some(verb), name].into_iter().flatten().map(str::to_owned);
    words.extend(end.chain(more.iter().cloned()));
    let words = words.iter().map(|word| quoted(word));
    words.collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Services of one key are reached in the same way and lie in the same cluster.
#[must_use]
pub fn key(global: &Global, settings: &Settings) -> String {
    format!("{:?} {:?}", connection(global, settings), settings.cluster)
}

/// How far a service is, for whoever only looks.
#[must_use]
pub fn counts(view: &ServiceView) -> (i32, i32) {
    crate::wait::goal::primary(view)
        .map_or((view.desired, view.running), |p| (p.desired, p.running))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        assert_eq!(quoted("image=app:1"), "image=app:1");
        assert_eq!(quoted("note=it's new"), r"'note=it'\''s new'");
        assert_eq!(quoted(""), "''");
    }
}
