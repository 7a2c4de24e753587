//! What a service ran: its service deployments with the task definitions that they deployed.

use std::collections::BTreeMap;

use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::operation::continue_service_deployment::ContinueServiceDeploymentError;
use aws_sdk_ecs::operation::stop_service_deployment::StopServiceDeploymentError;
use serde_json::Value;

use super::raw::{OnlyWhenNotDone, Raw};
use super::views::{list, optional};
use super::{Aws, CallError};
use crate::wait::observation::ServiceDeploymentView;

/// Service revisions a call of DescribeServiceRevisions.
const A_CALL: usize = 20;

impl Aws {
    /// The service deployments that AWS remembers (90 days), newest first, each with its task
    /// definition where its service revision is known.
    ///
    /// # Errors
    /// [`CallError`] as for [`Aws::list_service_deployments`].
    pub async fn service_history(
        &self,
        cluster: &str,
        service: &str,
    ) -> Result<Vec<ServiceDeploymentView>, CallError> {
        let mut found = self
            .list_service_deployments(cluster, service, None)
            .await?;
        let mut arns: Vec<String> = found
            .iter()
            .filter_map(|d| d.target_revision.clone())
            .collect();
        arns.sort();
        arns.dedup();
        let mut known = BTreeMap::new();
        for arns in arns.chunks(A_CALL) {
            known.extend(self.task_definitions_of(arns).await?);
        }
        for deployment in &mut found {
            let revision = deployment.target_revision.as_ref();
            deployment.target_task_definition = revision.and_then(|r| known.get(r)).cloned();
        }
        Ok(found)
    }

    /// Task definitions by service revision.
    async fn task_definitions_of(
        &self,
        revisions: &[String],
    ) -> Result<Vec<(String, String)>, CallError> {
        let raw = Raw::default();
        let call = self.ecs().await.describe_service_revisions();
        let call = call.set_service_revision_arns(Some(revisions.to_vec()));
        let result = call.customize().interceptor(raw.clone()).send().await;
        let answer = raw.answer("ecs:DescribeServiceRevisions", result)?;
        let pair = |revision: &Value| {
            let member = |name| optional(Some(revision), name);
            Some((member("serviceRevisionArn")?, member("taskDefinition")?))
        };
        Ok(list(&answer, "serviceRevisions")
            .iter()
            .filter_map(pair)
            .collect())
    }

    /// [StopServiceDeployment](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html)
    /// with a rollback: the whole service revision goes back, infrastructure's part included.
    ///
    /// # Errors
    /// [`CallError`]; `ConflictException` where the deployment is over. With `maybe_done` it may
    /// have been done.
    pub async fn roll_back_service_deployment(&self, arn: &str) -> Result<(), CallError> {
        let raw = Raw::default();
        let call = self.ecs().await.stop_service_deployment();
        let call = call.service_deployment_arn(arn);
        let call = call.stop_type(aws_sdk_ecs::types::StopServiceDeploymentStopType::Rollback);
        let once = Builder::default()
            .retry_classifier(OnlyWhenNotDone::<StopServiceDeploymentError>::new());
        let call = call.customize().config_override(once);
        let result = call.interceptor(raw.clone()).send().await;
        raw.answer("ecs:StopServiceDeployment", result).map(drop)
    }

    /// [ContinueServiceDeployment](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContinueServiceDeployment.html):
    /// the PAUSE hook of this id is over.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn continue_service_deployment(
        &self,
        arn: &str,
        hook: &str,
    ) -> Result<(), CallError> {
        let raw = Raw::default();
        let call = self.ecs().await.continue_service_deployment();
        let call = call.service_deployment_arn(arn).hook_id(hook);
        let call = call.action(aws_sdk_ecs::types::DeploymentLifecycleHookAction::Continue);
        let once = Builder::default()
            .retry_classifier(OnlyWhenNotDone::<ContinueServiceDeploymentError>::new());
        let call = call.customize().config_override(once);
        let result = call.interceptor(raw.clone()).send().await;
        raw.answer("ecs:ContinueServiceDeployment", result)
            .map(drop)
    }
}
