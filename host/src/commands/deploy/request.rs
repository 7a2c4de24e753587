//! From what was typed and configured to what the core is asked.

use super::{DeployArgs, Prepared};
use crate::commands::looking::Again;
use crate::commands::wait::has_stages;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::plan::{Content, Facts, Registered, family_of};
use crate::wait::Goal;
use crate::wait::stage::Until;

/// Calls of a deploy before it is followed: template, service and latest revision, register, a
/// look again, update, and two of `verify` about roles.
const CALLS: u32 = 8;

/// How far to follow.
///
/// # Errors
/// [`ErrorKind::Usage`] for a word that is none, or a stage that the service does not have.
pub fn until(args: &DeployArgs, prepared: &Prepared) -> Result<Until, Error> {
    let point = args
        .wait_until
        .as_ref()
        .unwrap_or(&prepared.settings.deploy.wait_until);
    let until = point.parse().map_err(|hint: String| {
        Error::new(ErrorKind::Usage, format!("cannot follow until `{point}`")).hint(hint)
    })?;
    if let Some(view) = &prepared.service {
        has_stages(&until, view)?;
    }
    Ok(until)
}

/// Nobody is there to run the `after` tasks once the end is not waited for.
pub fn warn_of_after(args: &DeployArgs, settings: &Settings, out: &mut Output) {
    if let (Some(step), false) = (settings.after.first(), args.skip_tasks) {
        out.warn(&format!(
            "the `after` task `{}` is not run, because the end is not waited for",
            step.name
        ));
    }
}

/// The family of the template, unless it is the one that acetate registers in.
pub fn template_family(prepared: &Prepared) -> Option<String> {
    let template = &prepared.template;
    let family = template.arn.as_deref().and_then(family_of);
    let family = family.or_else(|| template.definition.family());
    family
        .filter(|family| *family != prepared.settings.family)
        .map(str::to_owned)
}

/// What a plan is made from.
///
/// # Errors
/// [`ErrorKind::Bug`] where the service was not read.
pub fn facts<'a>(
    prepared: &'a Prepared,
    content: Content<'a>,
    template_family: Option<&'a str>,
) -> Result<Facts<'a>, Error> {
    let service = prepared.service.as_ref();
    Ok(Facts {
        cluster: prepared.settings.cluster.as_deref().unwrap_or("default"),
        service: service.ok_or_else(|| Error::new(ErrorKind::Bug, "the service was not read"))?,
        content,
        template_family,
    })
}

/// What is to run, and the revisions that may be it already.
pub fn content(prepared: &Prepared) -> Content<'_> {
    Content {
        rendered: &prepared.rendered.definition,
        family: &prepared.settings.family,
        stamped: prepared.settings.deploy.stamp,
        running: prepared.running.as_ref().map(registered),
        latest: prepared.latest.as_ref().map(registered),
    }
}

/// A revision, as plans are made from it.
pub fn registered(revision: &crate::commands::prepare::Revision) -> Registered<'_> {
    Registered {
        arn: &revision.arn,
        definition: &revision.definition,
    }
}

/// A goal with what the run and the configuration say.
pub fn goal(goal: Goal, prepared: &Prepared, args: &DeployArgs, again: Again) -> Goal {
    let settings = &prepared.settings;
    Goal {
        cluster: settings
            .cluster
            .clone()
            .unwrap_or_else(|| "default".to_owned()),
        template_family: template_family(prepared),
        fail_after: settings.deploy.fail_after,
        require_running: args.require_running || settings.deploy.require_running,
        timeout: args
            .timeout
            .unwrap_or(settings.deploy.timeout)
            .as_secs_f64(),
        resume: again.wait,
        proceed: (again.proceed, again.abort),
        calls: CALLS,
        ..goal
    }
}
