//! `deploy.publish`: the ARN of what runs in an SSM parameter, for CloudFormation, CDK and
//! EventBridge rules to read.

use super::looking::{service_of, template_family};
use crate::aws::Aws;
use crate::config::Settings;
use crate::error::Error;
use crate::event::{Outcome, Verdict, short};
use crate::output::Output;
use crate::plan::family_of;
use crate::rollback::is_return;

/// Writes the ARN of what runs, where the configuration names a parameter for it and that does not
/// hold it yet.
///
/// # Errors
/// AWS's refusals; by then the deployment itself is done.
pub async fn publish(
    settings: &Settings,
    aws: &Aws,
    arn: &str,
    out: &mut Output,
) -> Result<(), Error> {
    let Some(name) = &settings.deploy.publish else {
        return Ok(());
    };
    // Who may write a parameter may not be permitted to read it; writing it again does no harm.
    let known = aws.parameters(std::slice::from_ref(name), None).await;
    let known = known.ok().and_then(|mut found| found.remove(name));
    if known.and_then(|parameter| parameter.value).as_deref() == Some(arn) {
        return Ok(());
    }
    let written = aws.put_parameter(name, arn).await;
    written.map_err(|error| {
        let done = format!(
            "`{}` runs, and is not published in `{name}`; deploy again once this is mended",
            short(arn)
        );
        error.into_error(true).hint(done)
    })?;
    out.note(&format!("published `{}` in `{name}`", short(arn)));
    Ok(())
}

/// Publishes what a deployment brought that another run began, and this one followed to its end:
/// the same end as that run's. Where that run would have run `after` tasks first, they come first.
///
/// # Errors
/// As for [`publish`].
pub async fn publish_followed(
    settings: &Settings,
    aws: &Aws,
    verdict: &Verdict,
    deploy: &str,
    out: &mut Output,
) -> Result<(), Error> {
    let on = &verdict.task_definition;
    let is_ours = family_of(on) == Some(&settings.family);
    let (Outcome::Succeeded, Some(name), true) =
        (verdict.outcome, &settings.deploy.publish, is_ours)
    else {
        return Ok(());
    };
    if settings.after.is_empty() || went_back(settings, aws, on).await {
        return publish(settings, aws, on, out).await;
    }
    out.warn(&format!(
        "`{}` is not published in `{name}`: its `after` tasks come first, which `{deploy}` runs",
        short(on)
    ));
    Ok(())
}

/// Whether a rollback brought this: after that, no `after` task is run. Where nobody can tell, it
/// counts as deployed.
async fn went_back(settings: &Settings, aws: &Aws, on: &str) -> bool {
    let Ok((cluster, service)) = service_of(settings) else {
        return false;
    };
    let history = aws.service_history(cluster, service).await;
    history.is_ok_and(|newest_first| {
        is_return(&newest_first, template_family(settings).as_deref(), on)
    })
}
