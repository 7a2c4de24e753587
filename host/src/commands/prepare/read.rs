//! What a run reads before it decides. Reads that do not wait for one another are made at the
//! same time.

use serde_json::Value;

use super::{Need, Prepared, Project, Revision};
use crate::aws::{Aws, CallError};
use crate::commands::looking::found;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::plan::family_of;
use crate::task_definition::parse;
use crate::template::Template;
use crate::wait::observation::ServiceView;

/// What was found.
#[derive(Debug)]
pub struct Read {
    pub template: Template,
    pub service: Option<ServiceView>,
    pub running: Option<Revision>,
    pub latest: Option<Revision>,
}

/// Reads the template, and as much of the rest as is needed.
pub async fn read(
    project: &Project,
    settings: &Settings,
    aws: &Aws,
    need: Need,
) -> Result<Read, Error> {
    let reads = project.shared().reads();
    let (template, guarded, service, latest) = tokio::join!(
        reads.template(&settings.template, aws, project.folder()),
        guard(project, settings, aws),
        service(project, settings, aws, need),
        latest(settings, aws, need),
    );
    guarded?;
    let template = template?;
    let (service, latest) = (service?, latest?);
    let running = match &service {
        None => None,
        Some(_) if need == Need::ServiceAlone => None,
        Some(service) => {
            let arn = &service.task_definition;
            match known(arn, &template, latest.as_ref()) {
                Some(known) => Some(known),
                None => revision(aws, arn).await?,
            }
        }
    };
    Ok(Read {
        template,
        service,
        running,
        latest,
    })
}

/// The revision that a service runs, and the latest one of its family, where they were left until
/// later.
///
/// # Errors
/// AWS's refusals, and a revision that cannot be read.
pub async fn revisions(prepared: &Prepared) -> Result<(Option<Revision>, Option<Revision>), Error> {
    let (settings, aws) = (&prepared.settings, &prepared.aws);
    let latest = latest(settings, aws, Need::Latest).await?;
    let Some(service) = &prepared.service else {
        return Ok((None, latest));
    };
    let arn = &service.task_definition;
    // A revision of another family is not used again, whatever is in it.
    if family_of(arn) != Some(&settings.family) {
        return Ok((None, latest));
    }
    let running = match latest.as_ref().filter(|latest| latest.arn == *arn) {
        Some(latest) => Some(latest.clone()),
        None => revision(aws, arn).await?,
    };
    Ok((running, latest))
}

/// A revision that was read already: what runs is the latest one as a rule, and the template
/// before the first deploy.
fn known(arn: &str, template: &Template, latest: Option<&Revision>) -> Option<Revision> {
    if template.arn.as_deref() == Some(arn) {
        return Some(Revision {
            arn: arn.to_owned(),
            definition: template.definition.clone(),
        });
    }
    latest.filter(|latest| latest.arn == arn).cloned()
}

/// The account guard: refused before anything is done in the wrong account.
///
/// # Errors
/// [`ErrorKind::Refused`] for another account; AWS's refusals.
pub async fn guard(project: &Project, settings: &Settings, aws: &Aws) -> Result<(), Error> {
    let guarded = settings.account.as_ref();
    let Some(expected) = guarded.filter(|_| !project.global().offline) else {
        return Ok(());
    };
    let account = aws.caller_account().await.map_err(unchanged)?;
    if account == *expected {
        return Ok(());
    }
    let environment = settings
        .environment
        .as_deref()
        .map_or(String::new(), |name| format!(" for `{name}`"));
    let message = format!(
        "these credentials are of account `{account}`, the configuration says `{expected}`{environment}"
    );
    Err(Error::new(ErrorKind::Refused, message)
        .hint("use the credentials of that account, or mend `account`"))
}

async fn service(
    project: &Project,
    settings: &Settings,
    aws: &Aws,
    need: Need,
) -> Result<Option<ServiceView>, Error> {
    let is_needed = matches!(need, Need::Service | Need::ServiceAlone);
    let Some(name) = settings.service.as_ref().filter(|_| is_needed) else {
        return Ok(None);
    };
    let cluster = settings.cluster.as_deref().unwrap_or("default");
    match project.shared().reads().take(aws, cluster, name) {
        Some(view) => Ok(Some(view)),
        None => found(aws, cluster, name).await.map(Some),
    }
}

async fn latest(settings: &Settings, aws: &Aws, need: Need) -> Result<Option<Revision>, Error> {
    match need {
        Need::Template | Need::ServiceAlone => Ok(None),
        Need::Latest | Need::Service => revision(aws, &settings.family).await,
    }
}

/// A revision by family, family:revision or ARN.
pub async fn revision(aws: &Aws, reference: &str) -> Result<Option<Revision>, Error> {
    let Some(answer) = aws
        .describe_task_definition(reference)
        .await
        .map_err(unchanged)?
    else {
        return Ok(None);
    };
    from_answer(answer, reference).map(Some)
}

fn from_answer(answer: Value, reference: &str) -> Result<Revision, Error> {
    let parsed = parse::from_described(answer).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Error::new(
            ErrorKind::Input,
            format!(
                "task definition `{reference}` cannot be read: {}",
                told.join("; ")
            ),
        )
    })?;
    let arn = parsed.arn.unwrap_or_else(|| reference.to_owned());
    Ok(Revision {
        arn,
        definition: parsed.definition,
    })
}

fn unchanged(error: CallError) -> Error {
    error.into_error(false)
}
