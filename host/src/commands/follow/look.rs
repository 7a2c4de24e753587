//! The calls behind a look.

use std::time::Duration;

use tokio::time::timeout;

use super::Tracked;
use crate::aws::{Aws, CallError, Class, Found, TasksOf};
use crate::wait::{Look, Observation, Trouble};

/// How long one call may take in all.
const CALL: Duration = Duration::from_secs(45);
/// How long the last call may take, which is made when time has run out.
const LAST_CALL: Duration = Duration::from_secs(5);

/// Looks at what a batch of deployments wants to see, `elapsed` after the beginning; as many
/// answers as it has members.
pub async fn look(tracked: &[Tracked], batch: &[usize], elapsed: Duration) -> Vec<Observation> {
    let one = &tracked[batch[0]];
    let left = Duration::from_secs_f64(one.followed.goal().timeout).saturating_sub(elapsed);
    let seen = timeout(left.clamp(LAST_CALL, CALL), observe(tracked, batch)).await;
    seen.unwrap_or_else(|_| {
        let slow = || {
            Observation::Trouble(
                one.look.clone(),
                Trouble::Passing,
                "no answer in time".to_owned(),
            )
        };
        batch.iter().map(|_| slow()).collect()
    })
}

async fn observe(tracked: &[Tracked], batch: &[usize]) -> Vec<Observation> {
    let one = &tracked[batch[0]];
    let goal = one.followed.goal();
    let seen = match &one.look {
        Look::Service => return services(tracked, batch).await,
        Look::List => one
            .aws
            .list_service_deployments(&goal.cluster, &goal.service, None)
            .await
            .map(Observation::Listed),
        Look::Describe(arn) => described(&one.aws, arn).await,
        Look::Revision(arn) => one
            .aws
            .service_revision_task_definition(arn)
            .await
            .map(|task_definition| Observation::Revision(arn.clone(), task_definition)),
        Look::Stopped => one
            .aws
            .stopped_tasks(&goal.cluster, TasksOf::Service(&goal.service))
            .await
            .map(Observation::Stopped),
    };
    vec![seen.unwrap_or_else(|error| trouble(&one.look, &error))]
}

async fn described(aws: &Aws, arn: &str) -> Result<Observation, CallError> {
    let found = aws.describe_service_deployments(&[arn.to_owned()]).await?;
    let ours = found.into_iter().find(|d| d.arn == arn);
    Ok(Observation::Described(arn.to_owned(), ours))
}

async fn services(tracked: &[Tracked], batch: &[usize]) -> Vec<Observation> {
    let one = &tracked[batch[0]];
    let names: Vec<String> = batch
        .iter()
        .map(|i| tracked[*i].followed.goal().service.clone())
        .collect();
    match one
        .aws
        .describe_services(&one.followed.goal().cluster, &names)
        .await
    {
        Ok(found) => found.into_iter().map(service).collect(),
        Err(error) => batch
            .iter()
            .map(|_| trouble(&Look::Service, &error))
            .collect(),
    }
}

fn service(found: Found) -> Observation {
    match found {
        Ok(view) => Observation::Service(Box::new(view)),
        Err(missing) => Observation::Missing(missing.reason),
    }
}

fn trouble(look: &Look, error: &CallError) -> Observation {
    let trouble = match error.class {
        Class::Expired | Class::Credentials => Trouble::Blind,
        Class::Denied | Class::Unsupported | Class::NotFound | Class::Invalid => {
            Trouble::Unavailable
        }
        Class::Throttled | Class::Server | Class::Network | Class::Malformed => Trouble::Passing,
    };
    let why = match trouble {
        Trouble::Blind => format!(
            "{error}; get new credentials for it: `aws sso login`, or another session of the pipeline"
        ),
        Trouble::Passing | Trouble::Unavailable => error.to_string(),
    };
    Observation::Trouble(look.clone(), trouble, why)
}
