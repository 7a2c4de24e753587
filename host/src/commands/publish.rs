//! `deploy.publish`: the ARN of what runs in an SSM parameter, for CloudFormation, CDK and
//! EventBridge rules to read.

use crate::aws::Aws;
use crate::config::Settings;
use crate::error::Error;
use crate::event::short;
use crate::output::Output;

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
    let known = aws.parameters(std::slice::from_ref(name)).await;
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
