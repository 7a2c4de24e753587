//! ECS service deployments, service revisions and stopped tasks: what following a deployment
//! looks at.

use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{CreatedAt, DesiredStatus};
use serde_json::Value;

use super::connect::retries;
use super::raw::Raw;
use super::tasks::task_arns;
use super::views::{list, optional, service_deployment_view, stopped_task};
use super::{Aws, CallError};
use crate::wait::observation::{ServiceDeploymentView, StoppedTask};

/// Whose tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TasksOf<'a> {
    /// Tasks of the service of this name.
    Service(&'a str),
    /// Tasks started under this `startedBy`, a deployment's id for one.
    StartedBy(&'a str),
}

/// Attempts for calls that are made again anyway while a deployment is followed, and that some
/// endpoints do not have.
const ATTEMPTS_WHILE_FOLLOWING: u32 = 3;
/// Pages of a list at most.
const PAGES: usize = 20;

impl Aws {
    /// Service deployments of a service, newest first; those created at or after `created_after`
    /// (Unix seconds) where given. AWS keeps 90 days and lists new ones late.
    ///
    /// # Errors
    /// [`CallError`]; `Unsupported` or `Server` where the endpoint lacks the call.
    pub async fn list_service_deployments(
        &self,
        cluster: &str,
        service: &str,
        created_after: Option<f64>,
    ) -> Result<Vec<ServiceDeploymentView>, CallError> {
        let (mut found, mut token) = (Vec::new(), None);
        for _ in 0..PAGES {
            let raw = Raw::default();
            let call = self
                .ecs()
                .await
                .list_service_deployments()
                .cluster(cluster)
                .service(service)
                .max_results(100);
            let window = created_after.map(|at| {
                CreatedAt::builder()
                    .after(DateTime::from_secs_f64(at))
                    .build()
            });
            let call = call
                .set_created_at(window)
                .set_next_token(token)
                .customize()
                .config_override(few_attempts());
            let answer = raw.clone().answer(
                "ecs:ListServiceDeployments",
                call.interceptor(raw).send().await,
            )?;
            found.extend(
                list(&answer, "serviceDeployments")
                    .iter()
                    .map(service_deployment_view),
            );
            token = answer
                .get("nextToken")
                .and_then(Value::as_str)
                .map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        found.sort_by(|a, b| {
            b.created_at
                .partial_cmp(&a.created_at)
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(found)
    }

    /// Service deployments by ARN, twenty a call. ARNs that AWS does not know are left out.
    ///
    /// # Errors
    /// [`CallError`] as for [`Aws::list_service_deployments`].
    pub async fn describe_service_deployments(
        &self,
        arns: &[String],
    ) -> Result<Vec<ServiceDeploymentView>, CallError> {
        let mut found = Vec::with_capacity(arns.len());
        for arns in arns.chunks(20) {
            let raw = Raw::default();
            let call = self
                .ecs()
                .await
                .describe_service_deployments()
                .set_service_deployment_arns(Some(arns.to_vec()));
            let call = call.customize().config_override(few_attempts());
            let answer = raw.clone().answer(
                "ecs:DescribeServiceDeployments",
                call.interceptor(raw).send().await,
            )?;
            found.extend(
                list(&answer, "serviceDeployments")
                    .iter()
                    .map(service_deployment_view),
            );
        }
        Ok(found)
    }

    /// Task definition ARN of a service revision, by
    /// [DescribeServiceRevisions](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html).
    ///
    /// # Errors
    /// [`CallError`] as for [`Aws::list_service_deployments`]; `Malformed` where the answer names
    /// no task definition.
    pub async fn service_revision_task_definition(&self, arn: &str) -> Result<String, CallError> {
        const OPERATION: &str = "ecs:DescribeServiceRevisions";
        let raw = Raw::default();
        let call = self
            .ecs()
            .await
            .describe_service_revisions()
            .service_revision_arns(arn);
        let call = call.customize().config_override(few_attempts());
        let answer = raw
            .clone()
            .answer(OPERATION, call.interceptor(raw).send().await)?;
        optional(answer.pointer("/serviceRevisions/0"), "taskDefinition").ok_or_else(|| {
            CallError::malformed(OPERATION, format!("no task definition of `{arn}`"))
        })
    }

    /// Tasks that stopped lately (AWS keeps them about an hour), at most 100, with their reasons.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn stopped_tasks(
        &self,
        cluster: &str,
        of: TasksOf<'_>,
    ) -> Result<Vec<StoppedTask>, CallError> {
        let call = self.ecs().await.list_tasks().cluster(cluster);
        let call = call.desired_status(DesiredStatus::Stopped);
        let call = match of {
            TasksOf::Service(name) => call.service_name(name),
            TasksOf::StartedBy(who) => call.started_by(who),
        };
        let arns = task_arns(call).await?;
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let raw = Raw::default().accounting();
        let call = self
            .ecs()
            .await
            .describe_tasks()
            .cluster(cluster)
            .set_tasks(Some(arns));
        let answer = raw.clone().answer(
            "ecs:DescribeTasks",
            call.customize().interceptor(raw).send().await,
        )?;
        Ok(list(&answer, "tasks").iter().map(stopped_task).collect())
    }
}

fn few_attempts() -> Builder {
    Builder::default().retry_config(retries(ATTEMPTS_WHILE_FOLLOWING))
}
