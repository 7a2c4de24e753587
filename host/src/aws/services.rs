//! ECS services, deployments and stopped tasks: read from the raw answers, so that an unknown
//! member or enum value is never in the way.

use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::operation::update_service::UpdateServiceError;
use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{CreatedAt, DesiredStatus};
use serde_json::Value;

use super::connect::retries;
use super::raw::{OnlyWhenNotDone, Raw};
use super::{Aws, CallError};
use crate::wait::observation::{
    DeploymentView, ServiceDeploymentView, ServiceEvent, ServiceView, StoppedTask,
};

/// A service that was asked for and is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Name or ARN as it was asked for.
    pub name: String,
    /// AWS's word, `MISSING` as a rule.
    pub reason: String,
}

/// A service, or that it is missing.
pub type Found = Result<ServiceView, Missing>;

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
    /// [DescribeServices](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html),
    /// ten services a call; one entry for each name, in their order.
    ///
    /// # Errors
    /// [`CallError`] as for every call; a cluster that does not exist is `NotFound`.
    pub async fn describe_services(
        &self,
        cluster: &str,
        services: &[String],
    ) -> Result<Vec<Found>, CallError> {
        let mut found = Vec::with_capacity(services.len());
        for names in services.chunks(10) {
            let raw = Raw::default();
            let call = self
                .ecs()
                .await
                .describe_services()
                .cluster(cluster)
                .set_services(Some(names.to_vec()));
            let result = call.customize().interceptor(raw.clone()).send().await;
            let answer = raw.answer("ecs:DescribeServices", result)?;
            found.extend(names.iter().map(|name| pick(&answer, name)));
        }
        Ok(found)
    }

    /// [UpdateService](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html)
    /// with cluster, service and task definition only, and `forceNewDeployment` where asked for.
    ///
    /// # Errors
    /// [`CallError`]; with `maybe_done` the service may have been updated.
    pub async fn update_service(
        &self,
        cluster: &str,
        service: &str,
        task_definition: &str,
        force: bool,
    ) -> Result<ServiceView, CallError> {
        const OPERATION: &str = "ecs:UpdateService";
        let mut body = serde_json::json!({ "cluster": cluster, "service": service, "taskDefinition": task_definition });
        if force {
            body["forceNewDeployment"] = Value::Bool(true);
        }
        let raw = Raw::sending(body.to_string().into_bytes());
        let once =
            Builder::default().retry_classifier(OnlyWhenNotDone::<UpdateServiceError>::new());
        let call = self.ecs().await.update_service();
        let result = call
            .customize()
            .config_override(once)
            .interceptor(raw.clone())
            .send()
            .await;
        let answer = raw.answer(OPERATION, result)?;
        let service = answer
            .get("service")
            .ok_or_else(|| CallError::malformed(OPERATION, true, "no `service`"))?;
        Ok(service_view(service))
    }

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
            CallError::malformed(OPERATION, false, format!("no task definition of `{arn}`"))
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
        let raw = Raw::default();
        let call = self
            .ecs()
            .await
            .list_tasks()
            .cluster(cluster)
            .desired_status(DesiredStatus::Stopped);
        let call = match of {
            TasksOf::Service(name) => call.service_name(name),
            TasksOf::StartedBy(who) => call.started_by(who),
        };
        let answer = raw.clone().answer(
            "ecs:ListTasks",
            call.customize().interceptor(raw).send().await,
        )?;
        let arns: Vec<String> = list(&answer, "taskArns")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let raw = Raw::default();
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

/// The entry of one name in an answer of DescribeServices. What is in neither of its lists is
/// missing, too.
fn pick(answer: &Value, name: &str) -> Found {
    let names = |v: &Value, member: &str| {
        optional(Some(v), member)
            .is_some_and(|of| of == name || of.rsplit('/').next() == Some(name))
    };
    if let Some(service) = list(answer, "services")
        .iter()
        .find(|s| names(s, "serviceName") || names(s, "serviceArn"))
    {
        return Ok(service_view(service));
    }
    let failure = list(answer, "failures").iter().find(|f| names(f, "arn"));
    let reason = optional(failure, "reason").unwrap_or_else(|| "MISSING".to_owned());
    Err(Missing {
        name: name.to_owned(),
        reason,
    })
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value
        .get(member)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn optional(value: Option<&Value>, member: &str) -> Option<String> {
    value?
        .get(member)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn text(value: &Value, member: &str) -> String {
    optional(Some(value), member).unwrap_or_default()
}

fn count(value: &Value, member: &str) -> i32 {
    value
        .get(member)
        .and_then(Value::as_i64)
        .and_then(|n| i32::try_from(n).ok())
        .unwrap_or(0)
}

fn time(value: &Value, member: &str) -> Option<f64> {
    value.get(member).and_then(Value::as_f64)
}

/// A `service` of DescribeServices or UpdateService.
fn service_view(service: &Value) -> ServiceView {
    let configuration = service.get("deploymentConfiguration");
    let breaker = |member: &str| {
        configuration
            .and_then(|c| c.pointer(&format!("/deploymentCircuitBreaker/{member}")))
            .and_then(Value::as_bool)
            .unwrap_or(false)
    };
    let or = |found: Option<String>, default: &str| found.unwrap_or_else(|| default.to_owned());
    ServiceView {
        arn: text(service, "serviceArn"),
        name: text(service, "serviceName"),
        status: text(service, "status"),
        task_definition: text(service, "taskDefinition"),
        desired: count(service, "desiredCount"),
        running: count(service, "runningCount"),
        pending: count(service, "pendingCount"),
        controller: or(optional(service.get("deploymentController"), "type"), "ECS"),
        strategy: or(optional(configuration, "strategy"), "ROLLING"),
        scheduling: or(optional(Some(service), "schedulingStrategy"), "REPLICA"),
        circuit_breaker: breaker("enable"),
        circuit_breaker_rollback: breaker("rollback"),
        express: optional(Some(service), "resourceManagementType").as_deref() == Some("ECS"),
        current_deployment: optional(Some(service), "currentServiceDeployment"),
        deployments: list(service, "deployments")
            .iter()
            .map(deployment_view)
            .collect(),
        events: list(service, "events").iter().map(service_event).collect(),
        launch_type: optional(Some(service), "launchType"),
        load_balancers: list(service, "loadBalancers")
            .iter()
            .map(|b| (text(b, "containerName"), count(b, "containerPort")))
            .collect(),
        created_at: time(service, "createdAt"),
    }
}

fn deployment_view(deployment: &Value) -> DeploymentView {
    DeploymentView {
        id: text(deployment, "id"),
        status: text(deployment, "status"),
        task_definition: text(deployment, "taskDefinition"),
        desired: count(deployment, "desiredCount"),
        running: count(deployment, "runningCount"),
        pending: count(deployment, "pendingCount"),
        failed: count(deployment, "failedTasks"),
        rollout_state: optional(Some(deployment), "rolloutState"),
        rollout_reason: optional(Some(deployment), "rolloutStateReason"),
        created_at: time(deployment, "createdAt"),
    }
}

fn service_event(event: &Value) -> ServiceEvent {
    ServiceEvent {
        id: text(event, "id"),
        message: text(event, "message"),
        at: time(event, "createdAt").unwrap_or(0.0),
    }
}

/// An entry of ListServiceDeployments (which has `targetServiceRevisionArn`) or of
/// DescribeServiceDeployments (which has `targetServiceRevision.arn`).
fn service_deployment_view(deployment: &Value) -> ServiceDeploymentView {
    let target = optional(Some(deployment), "targetServiceRevisionArn");
    ServiceDeploymentView {
        arn: text(deployment, "serviceDeploymentArn"),
        status: text(deployment, "status"),
        status_reason: optional(Some(deployment), "statusReason"),
        stage: optional(Some(deployment), "lifecycleStage"),
        target_revision: target
            .or_else(|| optional(deployment.get("targetServiceRevision"), "arn")),
        target_task_definition: None,
        created_at: time(deployment, "createdAt"),
    }
}

fn stopped_task(task: &Value) -> StoppedTask {
    let container = |c: &Value| {
        let exit_code = c
            .get("exitCode")
            .and_then(Value::as_i64)
            .and_then(|n| i32::try_from(n).ok());
        (text(c, "name"), exit_code, optional(Some(c), "reason"))
    };
    StoppedTask {
        arn: text(task, "taskArn"),
        task_definition: text(task, "taskDefinitionArn"),
        stop_code: optional(Some(task), "stopCode"),
        reason: optional(Some(task), "stoppedReason"),
        containers: list(task, "containers").iter().map(container).collect(),
    }
}

#[cfg(test)]
#[path = "services_tests.rs"]
mod tests;
