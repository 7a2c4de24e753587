//! What is left open of a plan where many services are deployed: whether a revision of the content is
//! there already. All that can be refused is known before anything is changed; this is looked up when
//! the service's turn comes, while others wait for theirs at AWS's rates.

use super::planned::decided;
use super::request::{content, registered};
use super::{DeployArgs, Ready};
use crate::commands::execute::look_again;
use crate::commands::looking::refused;
use crate::commands::prepare::Prepared;
use crate::commands::prepare::read::revisions;
use crate::error::Error;
use crate::plan::{Action, Content, Plan};
use crate::wait::goal::{Standing, standing};

/// Whether what the service runs has no say in whether it may be updated: nothing is in progress.
pub fn is_certain(prepared: &Prepared) -> bool {
    let view = prepared.service.as_ref();
    view.is_some_and(|view| standing(view) == Standing::Steady)
}

/// Decides what was left open.
///
/// # Errors
/// AWS's refusals; for this service nothing was changed.
pub async fn close(one: &Ready, args: &DeployArgs) -> Result<(), Error> {
    if !one.open || one.closed.get().is_some() {
        return Ok(());
    }
    let prepared = &one.prepared;
    let (running, latest) = revisions(prepared).await?;
    let content = Content {
        running: running.as_ref().map(registered),
        latest: latest.as_ref().map(registered),
        ..content(prepared)
    };
    let plan = decided(args, prepared, content)?.map_err(refused)?;
    let plan = Plan {
        plugins: one.plan().plugins.clone(),
        ..plan
    };
    if !matches!(plan.action, Action::Update { .. }) {
        // It was looked at a while ago, and no update looks at it again.
        look_again(&prepared.aws, &plan).await?;
    }
    if let Some(latest) = latest {
        // Nobody else closes it.
        prepared.latest_later.get_or_init(|| latest.arn);
    }
    one.closed.get_or_init(|| plan);
    Ok(())
}
