//! The difference between what runs and what was rendered, as it may be printed.

use super::prepare::{Prepared, Project, Revision, template_then};
use super::provenance;
use crate::diff::{Difference, Line, Split, SplitDiff, split};
use crate::error::Error;
use crate::output::mask;
use crate::task_definition::TaskDefinition;

/// Compares. At most one call: the template that the running revision was made from.
///
/// # Errors
/// What a recording cannot take.
pub async fn difference(prepared: &Prepared, project: &Project) -> Result<Difference, Error> {
    let running = prepared.running.as_ref().or(prepared.latest.as_ref());
    let found = match running {
        Some(revision) => against(prepared, revision, project).await?,
        None => {
            project.kept().keep(prepared, None)?;
            against_nothing(prepared)
        }
    };
    Ok(Difference {
        service: prepared.settings.service.clone(),
        running: running.map(|revision| revision.arn.clone()),
        family: prepared.settings.family.clone(),
        template: prepared.template.reference.clone(),
        split: masked(found, prepared),
    })
}

/// Values that look like credentials are hidden, and so is what is made of such an input.
fn masked(found: SplitDiff, prepared: &Prepared) -> SplitDiff {
    let secret = mask::secret_inputs(&prepared.settings.inputs);
    let masked = |mut line: Line| {
        for value in [&mut line.change.old, &mut line.change.new] {
            let shown = value.as_ref();
            *value = shown.map(|v| mask::without(&mask::at(&line.change.address, v), &secret));
        }
        line
    };
    SplitDiff {
        lines: found.lines.into_iter().map(masked).collect(),
        ..found
    }
}

async fn against(
    prepared: &Prepared,
    running: &Revision,
    project: &Project,
) -> Result<SplitDiff, Error> {
    let (settings, now, aws) = (&prepared.settings, &prepared.template, &prepared.aws);
    let then = match project.kept().replayed() {
        Some(recording) => template_then(recording),
        None => provenance::template_then(settings, now, aws, running, project).await,
    };
    project.kept().keep(prepared, Some(&then))?;
    Ok(split(&Split {
        running: &running.definition,
        rendered: &prepared.rendered.definition,
        template_now: &prepared.template.definition,
        template_then: then.as_ref().map_err(String::as_str),
        edits: &prepared.overlaid.edits,
        answers: &prepared.answers,
    }))
}

/// Nothing runs and nothing is registered: all is new.
fn against_nothing(prepared: &Prepared) -> SplitDiff {
    let empty = TaskDefinition::new(serde_json::json!({})).expect("an object is a document");
    split(&Split {
        running: &empty,
        rendered: &prepared.rendered.definition,
        template_now: &prepared.template.definition,
        template_then: Err("nothing is registered in this family yet"),
        edits: &prepared.overlaid.edits,
        answers: &prepared.answers,
    })
}
