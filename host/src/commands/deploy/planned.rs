//! Planning one service.

use std::cell::OnceCell;

use super::request::{content, facts, template_family, until};
use super::{DeployArgs, Ready, open, queue, refresh, sound, tasks};
use crate::commands::busy::{self, Verb};
use crate::commands::fleet::Member;
use crate::commands::interrupt::Underway;
use crate::commands::looking::{again, service_of};
use crate::commands::prepare::{Need, Prepared, prepare};
use crate::error::Error;
use crate::output::Output;
use crate::plan::{self, Content, Plan, Refusal};

/// Reads, renders, judges and plans one service. Nothing is changed.
///
/// # Errors
/// Whatever keeps it from being planned, or refuses it.
pub async fn planned(
    args: &DeployArgs,
    member: Member,
    need: Need,
    underway: &Underway,
    out: &mut Output,
) -> Result<Ready, Error> {
    let name = member.name.as_deref();
    let refreshed = match args.refresh {
        true => Some(refresh::project(&member.project, name, out).await?),
        false => None,
    };
    let project = refreshed.as_ref().unwrap_or(&member.project);
    let mut need = need;
    loop {
        let prepared = prepare(project, name, need, out).await?;
        service_of(&prepared.settings)?;
        let until = until(args, &prepared)?;
        let open = prepared.need == Need::ServiceAlone;
        if open && !open::is_certain(&prepared) {
            need = Need::Service;
            continue;
        }
        sound(&prepared, out)?;
        tasks::check(&prepared)?;
        match decided(args, &prepared, content(&prepared))? {
            Ok(plan) => {
                let plugins = prepared.powers();
                return Ok(Ready {
                    member,
                    prepared,
                    planned: Plan { plugins, ..plan },
                    open,
                    closed: OnceCell::new(),
                    until,
                    slim: false,
                });
            }
            Err(Refusal::InProgress { .. }) if args.queue => {
                queue(args, project, name, &prepared, underway, out).await?;
            }
            Err(refusal) => {
                let again = again(project.global(), name);
                let view = prepared.service.clone().unwrap_or_default();
                let seen = (&*prepared.aws, &view);
                return Err(busy::told(refusal, Verb::Deploy, seen, &again).await);
            }
        }
    }
}

/// The plan for a service, with its tasks around it, or why there is none.
///
/// # Errors
/// [`crate::error::ErrorKind::Bug`] where the service was not read.
pub fn decided(
    args: &DeployArgs,
    prepared: &Prepared,
    content: Content<'_>,
) -> Result<Result<Plan, Refusal>, Error> {
    let asked = plan::Request {
        force: args.force,
        replace: args.replace,
    };
    let family = template_family(prepared);
    let facts = facts(prepared, content, family.as_deref())?;
    Ok(plan::plan(&facts, asked).map(|plan| {
        let (before, after) = tasks::names(args, prepared, &plan);
        plan.around(before, after, prepared.settings.deploy.publish.clone())
    }))
}
