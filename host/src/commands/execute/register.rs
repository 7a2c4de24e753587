//! The revision that a plan names: one that is there, or a new one. At most one more than needed,
//! and that is said.

use crate::aws::CallError;
use crate::commands::prepare::Prepared;
use crate::error::Error;
use crate::event::{Event, Registered, short};
use crate::output::Output;
use crate::plan::Revision;
use crate::render::same_content;
use crate::task_definition::parse::from_described;

/// The revision of the rendered content: an equal one, or a new one.
///
/// # Errors
/// As for [`register`].
pub async fn named(
    prepared: &Prepared,
    revision: &Revision,
    out: &mut Output,
) -> Result<String, Error> {
    let (arn, reused) = match revision {
        Revision::Reuse { arn, why } => (arn.clone(), Some(why.clone())),
        Revision::Register => (register(prepared, out).await?, None),
    };
    out.event(&Event::Registered(Registered {
        family: prepared.settings.family.clone(),
        arn: arn.clone(),
        reused,
    }));
    Ok(arn)
}

/// Registers the rendered content. RegisterTaskDefinition takes no client token: after a lost
/// answer a look comes first, and then one more attempt.
///
/// # Errors
/// AWS's refusals.
async fn register(prepared: &Prepared, out: &mut Output) -> Result<String, Error> {
    let mut lost: Option<CallError> = None;
    loop {
        let error = match prepared
            .aws
            .register_task_definition(&prepared.rendered.definition)
            .await
        {
            Ok(registered) => {
                if lost.is_some() {
                    out.warn("an answer of `ecs:RegisterTaskDefinition` was lost; there may be one more revision of the same content");
                }
                return Ok(registered.arn);
            }
            Err(error) => error,
        };
        if !error.maybe_done {
            return Err(match &lost {
                Some(lost) => error.after_lost(lost),
                None => error.into_error(false),
            });
        }
        if let Some(arn) = just_registered(prepared, &error).await? {
            out.note(&format!(
                "the answer was lost, but `{}` was registered",
                short(&arn)
            ));
            return Ok(arn);
        }
        if lost.is_some() {
            return Err(error.into_error(true));
        }
        lost = Some(error);
    }
}

/// A revision of our content that was not there when the run began, after this answer was lost.
async fn just_registered(prepared: &Prepared, lost: &CallError) -> Result<Option<String>, Error> {
    let found = prepared
        .aws
        .describe_task_definition(&prepared.settings.family)
        .await;
    let Some(answer) = found.map_err(|look| look.after_lost(lost))? else {
        return Ok(None);
    };
    let Ok(parsed) = from_described(answer) else {
        return Ok(None);
    };
    let known = prepared.latest_arn();
    Ok(parsed
        .arn
        .filter(|arn| Some(arn.as_str()) != known)
        .filter(|_| same_content(&parsed.definition, &prepared.rendered.definition)))
}
