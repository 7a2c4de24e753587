//! `deploy --refresh`: the newest template, everything else as it runs now.

use crate::aws::{Aws, connect};
use crate::commands::back::{self, Of};
use crate::commands::looking::{Again, again, found, service_of, settings, template_family};
use crate::commands::prepare::read::revision;
use crate::commands::prepare::{Need, Project, connection, within_reach};
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::event::short;
use crate::output::Output;
use crate::plan::family_of;
use crate::render::stamps_of;
use crate::task_definition::TaskDefinition;

/// The project with the inputs of what runs.
///
/// # Errors
/// [`ErrorKind::Input`] where they are not known; AWS's refusals.
pub async fn project(
    project: &Project,
    name: Option<&str>,
    out: &mut Output,
) -> Result<Project, Error> {
    let settings = settings(project, name, out)?;
    within_reach(project.global(), &settings, Need::Service)?;
    let aws = connect(&connection(project.global(), &settings))?;
    let again = again(project.global(), name);
    let (arn, running) = ours(&settings, &aws, &again, out).await?;
    let stamps = stamps_of(&running);
    if stamps.is_empty() {
        let message = format!("`{}` has no stamp that tells its inputs", short(&arn));
        return Err(Error::new(ErrorKind::Input, message)
            .hint("deploy once with `--set`, and without `stamp = \"none\"`"));
    }
    let written = stamps.get("inputs").map_or("", String::as_str);
    let Some(inputs) = inputs(written) else {
        let message = format!(
            "the stamp of `{}` does not tell its inputs plainly",
            short(&arn)
        );
        return Err(Error::new(ErrorKind::Input, message)
            .hint("it was too long, or a value has spaces in it: give the inputs with `--set`"));
    };
    let known = project.config().inputs();
    let used = inputs.into_iter().filter(|(name, _)| known.contains(name));
    let used: Vec<(String, String)> = used.collect();
    out.note(&format!(
        "inputs as in `{}`: {}",
        short(&arn),
        if used.is_empty() { "none" } else { written }
    ));
    Ok(project.setting(used))
}

/// What runs or, where infrastructure code has reset the service to the template, what last ran
/// well and else was registered last.
async fn ours(
    settings: &Settings,
    aws: &Aws,
    again: &Again,
    out: &mut Output,
) -> Result<(String, TaskDefinition), Error> {
    let (cluster, service) = service_of(settings)?;
    let view = found(aws, cluster, service).await?;
    let template_family = template_family(settings);
    let reset =
        template_family.is_some() && family_of(&view.task_definition) == template_family.as_deref();
    let mut reference = view.task_definition.clone();
    if reset {
        let of = Of {
            aws,
            cluster,
            service: &view,
            family: &settings.family,
            template_family: template_family.as_deref(),
            again,
        };
        if let Ok(target) = back::target(of, out).await {
            return Ok((target.arn, target.definition));
        }
        reference.clone_from(&settings.family);
    }
    let revision = revision(aws, &reference).await?;
    revision.map(|r| (r.arn, r.definition)).ok_or_else(|| {
        let message = format!(
            "nothing of `{}` was deployed yet that could be refreshed",
            settings.family
        );
        Error::new(ErrorKind::Input, message).hint("deploy without `--refresh`")
    })
}

/// `image=app:1 release=dev` taken apart; `None` where that cannot be done for certain. A stamp
/// names inputs in the order of their names.
fn inputs(written: &str) -> Option<Vec<(String, String)>> {
    let words = written.split(' ').filter(|word| !word.is_empty());
    let pairs: Option<Vec<(String, String)>> = words
        .map(|word| word.split_once('='))
        .map(|pair| pair.map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    pairs
        .filter(|pairs| pairs.windows(2).all(|two| two[0].0 < two[1].0))
        .filter(|pairs| pairs.iter().all(|(name, _)| is_name(name)))
}

#[cfg(test)]
mod tests {
    use super::inputs;

    #[test]
    fn inputs_are_told_apart_or_not_at_all() {
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        assert_eq!(inputs(""), Some(Vec::new()));
        assert_eq!(
            inputs("image=app:1 release=a=b"),
            Some(vec![pair("image", "app:1"), pair("release", "a=b")])
        );
        for unclear in ["=sha256:abc", "note=two words", "b=1 a=2", "image"] {
            assert_eq!(inputs(unclear), None, "{unclear}");
        }
    }
}
