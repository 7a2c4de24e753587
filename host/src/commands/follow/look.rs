//! The calls behind a look.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::aws::{Aws, CallError, Class, Found, TasksOf};
use crate::wait::{Look, Observation, Trouble};

/// How long one call may take in all.
const CALL: Duration = Duration::from_secs(45);
/// How long the last call may take, which is made when time has run out.
const LAST_CALL: Duration = Duration::from_secs(5);

/// What one call is to show, for one deployment or several of one key.
pub struct Job {
    pub aws: Arc<Aws>,
    pub cluster: String,
    /// The service and the look of each.
    pub looks: Vec<(String, Look)>,
    /// Credentials were looked for anew, and no look has worked since.
    pub renewed: bool,
    /// Seconds until the first of them has no time left.
    pub left: f64,
}

/// Looks; as many answers as there are looks.
pub async fn look(job: &Job) -> Vec<Observation> {
    let left = Duration::from_secs_f64(job.left.max(0.0));
    let seen = timeout(left.clamp(LAST_CALL, CALL), observe(job)).await;
    seen.unwrap_or_else(|_| {
        let slow = |(_, look): &(String, Look)| {
            let told = "no answer in time".to_owned();
            Observation::Trouble(look.clone(), Trouble::Passing, told)
        };
        job.looks.iter().map(slow).collect()
    })
}

async fn observe(job: &Job) -> Vec<Observation> {
    let Some((service, look)) = job.looks.first() else {
        return Vec::new();
    };
    let (aws, cluster) = (&job.aws, &job.cluster);
    let seen = match look {
        Look::Service => return services(job).await,
        Look::Describe(_) => return described(job).await,
        Look::List => aws
            .list_service_deployments(cluster, service, None)
            .await
            .map(Observation::Listed),
        Look::Revision(arn) => aws
            .service_revision_task_definition(arn)
            .await
            .map(|task_definition| Observation::Revision(arn.clone(), task_definition)),
        Look::Stopped => aws
            .stopped_tasks(cluster, TasksOf::Service(service))
            .await
            .map(Observation::Stopped),
    };
    vec![seen.unwrap_or_else(|error| trouble(look, &error))]
}

async fn described(job: &Job) -> Vec<Observation> {
    let arn = |(_, look): &(String, Look)| match look {
        Look::Describe(arn) => arn.clone(),
        _ => String::new(),
    };
    let arns: Vec<String> = job.looks.iter().map(arn).collect();
    match job.aws.describe_service_deployments(&arns).await {
        Ok(found) => arns
            .into_iter()
            .map(|arn| {
                let ours = found.iter().find(|d| d.arn == arn).cloned();
                Observation::Described(arn, ours)
            })
            .collect(),
        Err(error) => all(job, &error),
    }
}

async fn services(job: &Job) -> Vec<Observation> {
    let names: Vec<String> = job.looks.iter().map(|(name, _)| name.clone()).collect();
    match job.aws.describe_services(&job.cluster, &names).await {
        Ok(found) => found.into_iter().map(service).collect(),
        Err(error) => all(job, &error),
    }
}

fn service(found: Found) -> Observation {
    match found {
        Ok(view) => Observation::Service(Box::new(view)),
        Err(missing) => Observation::Missing(missing.reason),
    }
}

fn all(job: &Job, error: &CallError) -> Vec<Observation> {
    let looks = job.looks.iter();
    looks.map(|(_, look)| trouble(look, error)).collect()
}

fn trouble(look: &Look, error: &CallError) -> Observation {
    let trouble = match error.class {
        Class::Expired | Class::Credentials | Class::NoRegion => Trouble::Blind,
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
