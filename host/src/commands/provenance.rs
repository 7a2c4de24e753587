//! The template that a running revision was made from, as far as its stamp tells.

use super::prepare::{Project, Revision};
use crate::aws::Aws;
use crate::config::Settings;
use crate::plan::family_of;
use crate::render::stamps_of;
use crate::task_definition::TaskDefinition;
use crate::template::{Template, TemplateRef};

/// The template of then, or why it is not at hand: one fragment.
///
/// # Errors
/// The reason, for people.
pub async fn template_then(
    settings: &Settings,
    now: &Template,
    aws: &Aws,
    running: &Revision,
    project: &Project,
) -> Result<TaskDefinition, String> {
    if is_of_the_template(running, &settings.template) {
        return Ok(running.definition.clone());
    }
    let stamps = stamps_of(&running.definition);
    let Some(reference) = stamps.get("template-ref") else {
        let why = if stamps.is_empty() {
            "the running revision has no stamp of acetate"
        } else {
            "the running revision was made from a file or from standard input, of which there are no revisions"
        };
        return Err(why.to_owned());
    };
    if *reference == now.reference {
        return match stamps.get("template-digest") {
            Some(digest) if *digest != now.digest => Err(format!(
                "`{reference}` has changed since, and its old content is not kept"
            )),
            _ => Ok(now.definition.clone()),
        };
    }
    let asked = exact(reference)
        .ok_or_else(|| format!("the template was `{reference}`, which cannot be read again"))?;
    // Many services were made from the same one.
    let reads = project.shared().reads();
    let then = reads.template(&asked, aws, project.folder()).await;
    then.map(|then| then.definition)
        .map_err(|error| format!("`{reference}` cannot be read any more: {error}"))
}

/// Whether the service still is as infrastructure code made it: on a revision of the template.
fn is_of_the_template(running: &Revision, template: &TemplateRef) -> bool {
    let TemplateRef::Ecs { family, .. } = template else {
        return false;
    };
    family_of(&running.arn) == Some(family)
}

/// What to read to get this exact template again; none for a file or standard input.
fn exact(reference: &str) -> Option<TemplateRef> {
    let revision = reference
        .split_once(":task-definition/")
        .map(|(_, revision)| format!("ecs:{revision}"));
    let asked = revision.as_deref().unwrap_or(reference).parse().ok()?;
    (!matches!(asked, TemplateRef::File(_) | TemplateRef::Stdin)).then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_kept_can_be_read_again() {
        let shown = |reference: &str| exact(reference).map(|asked| asked.to_string());
        let arn = "arn:aws:ecs:eu-west-1:111111111111:task-definition/web-template:7";
        assert_eq!(shown(arn).as_deref(), Some("ecs:web-template:7"));
        assert_eq!(
            shown("ssm:/web/template:3").as_deref(),
            Some("ssm:/web/template:3")
        );
        assert_eq!(shown("file:template.json"), None);
        assert_eq!(shown("-"), None);
    }
}
