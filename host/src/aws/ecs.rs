//! ECS task definitions: read and registered as raw JSON.

use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::operation::describe_task_definition::DescribeTaskDefinitionOutput;
use aws_sdk_ecs::operation::register_task_definition::{
    RegisterTaskDefinitionError, RegisterTaskDefinitionOutput,
};
use aws_sdk_ecs::types::{SortOrder, TaskDefinitionField, TaskDefinitionStatus};
use aws_smithy_runtime_api::client::interceptors::context::Output;
use serde_json::Value;

use super::raw::{OnlyWhenNotDone, Raw};
use super::{Aws, CallError, Class, gate};
use crate::task_definition::TaskDefinition;

/// What RegisterTaskDefinition answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// ARN of the new revision.
    pub arn: String,
    /// The whole answer, as it came.
    pub raw: Value,
}

impl Aws {
    pub(super) async fn ecs(&self) -> &aws_sdk_ecs::Client {
        let config = self.config().await;
        self.ecs.get_or_init(|| {
            let gate = gate::gate(&self.connection, config);
            aws_sdk_ecs::Client::from_conf(gate::through(&gate, config))
        })
    }

    /// The raw answer of
    /// [DescribeTaskDefinition](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html),
    /// tags included. `reference` is a family (its newest ACTIVE revision), `family:revision`, or
    /// an ARN. `None` where there is no such revision, or the family has none that is ACTIVE.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn describe_task_definition(
        &self,
        reference: &str,
    ) -> Result<Option<Value>, CallError> {
        let raw = Raw::default()
            .taking_any(|| Output::erase(DescribeTaskDefinitionOutput::builder().build()));
        let call = self
            .ecs()
            .await
            .describe_task_definition()
            .task_definition(reference)
            .include(TaskDefinitionField::Tags);
        let result = call.customize().interceptor(raw.clone()).send().await;
        match raw.answer("ecs:DescribeTaskDefinition", result) {
            Ok(answer) => Ok(Some(answer)),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Registers exactly these bytes. Attempts are repeated only while AWS throttles or cannot
    /// be reached: the API takes no client token, so after a lost answer the caller looks first.
    ///
    /// # Errors
    /// [`CallError`]; with `maybe_done` the revision may exist.
    pub async fn register_task_definition(
        &self,
        body: &TaskDefinition,
    ) -> Result<Registered, CallError> {
        const OPERATION: &str = "ecs:RegisterTaskDefinition";
        let raw = Raw::sending(body.to_bytes())
            .taking_any(|| Output::erase(RegisterTaskDefinitionOutput::builder().build()));
        let once = Builder::default()
            .retry_classifier(OnlyWhenNotDone::<RegisterTaskDefinitionError>::new());
        let call = self.ecs().await.register_task_definition();
        let result = call
            .customize()
            .config_override(once)
            .interceptor(raw.clone())
            .send()
            .await;
        let raw = raw.answer(OPERATION, result)?;
        let arn = raw
            .pointer("/taskDefinition/taskDefinitionArn")
            .and_then(Value::as_str);
        let arn = arn
            .ok_or_else(|| CallError::malformed(OPERATION, "no `taskDefinitionArn`"))?
            .to_owned();
        Ok(Registered { arn, raw })
    }

    /// ARNs of the newest `n` (at most 100) ACTIVE revisions of a family, newest first.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn list_task_definitions(
        &self,
        family: &str,
        n: usize,
    ) -> Result<Vec<String>, CallError> {
        self.list_revisions(family, n, TaskDefinitionStatus::Active)
            .await
    }

    /// Whether a family without ACTIVE revision has existed: it has INACTIVE ones.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn family_has_inactive(&self, family: &str) -> Result<bool, CallError> {
        Ok(!self
            .list_revisions(family, 1, TaskDefinitionStatus::Inactive)
            .await?
            .is_empty())
    }

    async fn list_revisions(
        &self,
        family: &str,
        n: usize,
        status: TaskDefinitionStatus,
    ) -> Result<Vec<String>, CallError> {
        let raw = Raw::default();
        let call = self
            .ecs()
            .await
            .list_task_definitions()
            .family_prefix(family)
            .status(status);
        let call = call
            .sort(SortOrder::Desc)
            .max_results(i32::try_from(n.clamp(1, 100)).expect("at most 100"));
        let answer = raw.clone().answer(
            "ecs:ListTaskDefinitions",
            call.customize().interceptor(raw).send().await,
        )?;
        let arns = answer
            .get("taskDefinitionArns")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        Ok(newest_of(arns.iter().filter_map(Value::as_str), family, n))
    }
}

/// DescribeTaskDefinition has no error of its own for what is not there.
fn is_absent(error: &CallError) -> bool {
    error.class == Class::NotFound
        || (error.code.as_deref() == Some("ClientException")
            && error.message.contains("Unable to describe task definition"))
}

/// The newest `n` revisions of exactly this family, newest first, whatever the endpoint makes of
/// the order and the number that were asked for.
fn newest_of<'a>(arns: impl Iterator<Item = &'a str>, family: &str, n: usize) -> Vec<String> {
    let revision = |arn: &str| -> Option<u64> {
        let (_, name) = arn.rsplit_once('/')?;
        let (of, revision) = name.rsplit_once(':')?;
        if of == family {
            revision.parse().ok()
        } else {
            None
        }
    };
    let mut found: Vec<(u64, String)> = arns
        .filter_map(|arn| Some((revision(arn)?, arn.to_owned())))
        .collect();
    found.sort_by_key(|(revision, _)| std::cmp::Reverse(*revision));
    found.into_iter().take(n).map(|(_, arn)| arn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_first_of_this_family_only() {
        let arns = [
            "arn:aws:ecs:eu-west-1:1:task-definition/web:9",
            "arn:aws:ecs:eu-west-1:1:task-definition/web:10",
            "arn:aws:ecs:eu-west-1:1:task-definition/web-template:99",
            "arn:aws:ecs:eu-west-1:1:task-definition/web:1",
        ];
        let newest = newest_of(arns.into_iter(), "web", 2);
        assert_eq!(
            newest,
            [
                "arn:aws:ecs:eu-west-1:1:task-definition/web:10",
                "arn:aws:ecs:eu-west-1:1:task-definition/web:9"
            ]
        );
    }
}
