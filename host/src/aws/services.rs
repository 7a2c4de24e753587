//! ECS services: read from the raw answers, and updated in one thing only.

use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::operation::update_service::UpdateServiceError;
use serde_json::Value;

use super::plain::ECS;
use super::raw::{OnlyWhenNotDone, Raw};
use super::views::{list, optional, service_view};
use super::{Aws, CallError};
use crate::wait::observation::ServiceView;

/// A service that was asked for and is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Name or ARN as it was asked for.
    pub name: String,
    /// AWS's word, `MISSING` as a rule.
    pub reason: String,
    /// The ARN that it would have, where AWS tells it.
    pub arn: Option<String>,
}

impl Missing {
    /// ARN of the cluster that it was asked for in, where AWS tells one.
    #[must_use]
    pub fn cluster(&self) -> Option<String> {
        let (place, name) = self.arn.as_deref()?.split_once(":service/")?;
        let (cluster, _) = name.split_once('/')?;
        Some(format!("{place}:cluster/{cluster}"))
    }
}

/// A service, or that it is missing.
pub type Found = Result<ServiceView, Missing>;

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
            let raw = Raw::default().accounting();
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

    /// Whether a cluster has a managed daemon of this name, by
    /// [ListDaemons](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListDaemons.html).
    /// DescribeServices knows no daemons.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn has_daemon(&self, cluster: &str, name: &str) -> Result<bool, CallError> {
        let request = serde_json::json!({ "clusterArn": cluster });
        let operation = "ecs:ListDaemons";
        let listed = self.paged(&ECS, None, operation, request, "daemonSummariesList");
        let arns = listed.await?;
        let mut arns = arns.iter().filter_map(|d| optional(Some(d), "daemonArn"));
        Ok(arns.any(|arn| arn.rsplit('/').next() == Some(name)))
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
            .ok_or_else(|| CallError::malformed(OPERATION, "no `service`"))?;
        Ok(service_view(service))
    }
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
        arn: optional(failure, "arn"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_services_are_found_missing() {
        let answer = json!({
            "services": [{ "serviceName": "web", "serviceArn": "arn:aws:ecs:r:1:service/prod/web" }],
            "failures": [{ "arn": "arn:aws:ecs:r:1:service/prod/gone", "reason": "MISSING" }],
        });
        assert_eq!(pick(&answer, "web").expect("found").name, "web");
        assert_eq!(
            pick(&answer, "arn:aws:ecs:r:1:service/prod/web")
                .expect("found")
                .name,
            "web"
        );
        let gone = pick(&answer, "gone").expect_err("missing");
        assert_eq!(
            (gone.name.as_str(), gone.reason.as_str()),
            ("gone", "MISSING")
        );
        assert_eq!(
            gone.cluster().as_deref(),
            Some("arn:aws:ecs:r:1:cluster/prod")
        );
        assert_eq!(
            pick(&answer, "untold").expect_err("missing").reason,
            "MISSING"
        );
    }
}
