//! What refers to task definitions in an account and region: services, tasks, schedules, rules.

use serde_json::{Value, json};

use super::plain::{ECS, EVENTS, SCHEDULER, encoded, page_of};
use super::raw::accounts;
use super::views::{list, optional, text};
use super::{Aws, CallError};

/// A task definition, as it is referred to, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// An ARN, `family:revision` or a family.
    pub task_definition: String,
    /// What refers to it, in words.
    pub by: String,
}

impl Aws {
    /// All ACTIVE revisions of exactly this family, by
    /// [ListTaskDefinitions](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html).
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn all_revisions(&self, family: &str) -> Result<Vec<String>, CallError> {
        let request = json!({ "familyPrefix": family, "status": "ACTIVE" });
        let listed = self.paged(
            &ECS,
            None,
            "ecs:ListTaskDefinitions",
            request,
            "taskDefinitionArns",
        );
        let arns = texts(&listed.await?);
        let exactly = |arn: &String| crate::plan::family_of(arn) == Some(family);
        Ok(arns.into_iter().filter(exactly).collect())
    }

    /// ARNs of the clusters.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn clusters(&self) -> Result<Vec<String>, CallError> {
        let listed = self
            .paged(&ECS, None, "ecs:ListClusters", json!({}), "clusterArns")
            .await?;
        Ok(texts(&listed))
    }

    /// What the services of a cluster refer to: each service itself, its deployments, task sets.
    /// In pairs, the ARN of the service first.
    ///
    /// # Errors
    /// [`CallError`] as for every call; for a service that is listed and not described, too.
    pub async fn references_of_services(
        &self,
        cluster: &str,
    ) -> Result<Vec<(String, Reference)>, CallError> {
        const DESCRIBE: &str = "ecs:DescribeServices";
        let request = json!({ "cluster": cluster, "maxResults": 100 });
        let arns = self
            .paged(&ECS, None, "ecs:ListServices", request, "serviceArns")
            .await?;
        let mut found = Vec::new();
        for arns in texts(&arns).chunks(10) {
            let request = json!({ "cluster": cluster, "services": arns });
            let answer = self.call_json(&ECS, DESCRIBE, None, &request).await?;
            all_described(&answer, DESCRIBE)?;
            for service in list(&answer, "services") {
                let arn = text(service, "serviceArn");
                let by = format!("service `{}`", text(service, "serviceName"));
                let parts = [list(service, "deployments"), list(service, "taskSets")];
                let parts = parts.into_iter().flatten().chain([service]);
                let named = parts.filter_map(|part| optional(Some(part), "taskDefinition"));
                found.extend(named.map(|task_definition| {
                    let by = by.clone();
                    (
                        arn.clone(),
                        Reference {
                            task_definition,
                            by,
                        },
                    )
                }));
            }
        }
        Ok(found)
    }

    /// What the tasks of a cluster refer to that run or are about to.
    ///
    /// # Errors
    /// [`CallError`] as for every call; for a task that is listed and not described, too.
    pub async fn references_of_tasks(&self, cluster: &str) -> Result<Vec<Reference>, CallError> {
        const DESCRIBE: &str = "ecs:DescribeTasks";
        let request = json!({ "cluster": cluster, "desiredStatus": "RUNNING" });
        let arns = self
            .paged(&ECS, None, "ecs:ListTasks", request, "taskArns")
            .await?;
        let mut found = Vec::new();
        for arns in texts(&arns).chunks(100) {
            let request = json!({ "cluster": cluster, "tasks": arns });
            let answer = self.call_json(&ECS, DESCRIBE, None, &request).await?;
            all_described(&answer, DESCRIBE)?;
            found.extend(list(&answer, "tasks").iter().map(|task| Reference {
                task_definition: text(task, "taskDefinitionArn"),
                by: format!(
                    "task `{}`",
                    text(task, "taskArn").rsplit('/').next().unwrap_or_default()
                ),
            }));
        }
        Ok(found)
    }

    /// What schedules of [EventBridge Scheduler](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html)
    /// refer to, as targets of ECS and as calls of `RunTask`.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn references_of_schedules(&self) -> Result<Vec<Reference>, CallError> {
        const LIST: &str = "scheduler:ListSchedules";
        let mut found = Vec::new();
        let mut path = "/schedules?MaxResults=100".to_owned();
        loop {
            let page = self.call_get(&SCHEDULER, LIST, None, &path).await?;
            let page = page_of(page, LIST, "Schedules")?;
            let is_of_ecs = |s: &&Value| {
                let target = s.pointer("/Target/Arn").and_then(Value::as_str);
                target.is_some_and(|arn| arn.contains(":ecs:"))
            };
            for schedule in list(&page, "Schedules").iter().filter(is_of_ecs) {
                let (name, group) = (text(schedule, "Name"), text(schedule, "GroupName"));
                let path = format!(
                    "/schedules/{}?groupName={}",
                    encoded(&name),
                    encoded(&group)
                );
                let whole = self
                    .call_get(&SCHEDULER, "scheduler:GetSchedule", None, &path)
                    .await?;
                let target = whole.get("Target").cloned().unwrap_or_default();
                found.extend(of_target(&target, &format!("schedule `{group}/{name}`")));
            }
            match optional(Some(&page), "NextToken") {
                Some(token) => {
                    path = format!("/schedules?MaxResults=100&NextToken={}", encoded(&token));
                }
                None => return Ok(found),
            }
        }
    }

    /// What rules of EventBridge refer to, on every event bus, by
    /// [ListTargetsByRule](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html).
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn references_of_rules(&self) -> Result<Vec<Reference>, CallError> {
        let buses = self
            .paged(
                &EVENTS,
                None,
                "events:ListEventBuses",
                json!({}),
                "EventBuses",
            )
            .await?;
        let mut found = Vec::new();
        for bus in buses.iter().map(|bus| text(bus, "Name")) {
            let request = json!({ "EventBusName": bus });
            let rules = self
                .paged(&EVENTS, None, "events:ListRules", request, "Rules")
                .await?;
            for rule in rules.iter().map(|rule| text(rule, "Name")) {
                let request = json!({ "EventBusName": bus, "Rule": rule });
                let call = self.paged(
                    &EVENTS,
                    None,
                    "events:ListTargetsByRule",
                    request,
                    "Targets",
                );
                for target in call.await? {
                    found.extend(of_target(&target, &format!("rule `{bus}/{rule}`")));
                }
            }
        }
        Ok(found)
    }

    /// [DeregisterTaskDefinition](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html):
    /// the revision becomes INACTIVE, and what runs of it goes on. A second call does no harm.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn deregister(&self, arn: &str) -> Result<(), CallError> {
        let request = json!({ "taskDefinition": arn });
        let call = self.call_json(&ECS, "ecs:DeregisterTaskDefinition", None, &request);
        call.await.map(drop)
    }
}

/// What a target of a schedule or a rule refers to: its parameters for ECS, or the body of a
/// `RunTask` call.
fn of_target(target: &Value, by: &str) -> Option<Reference> {
    let parameters = target.pointer("/EcsParameters/TaskDefinitionArn");
    let input = target.get("Input").and_then(Value::as_str);
    let body = input.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let called = || {
        let body = body.as_ref()?;
        body.get("TaskDefinition")
            .or_else(|| body.get("taskDefinition"))
    };
    let task_definition = parameters.or_else(called)?.as_str()?.to_owned();
    let by = by.to_owned();
    Some(Reference {
        task_definition,
        by,
    })
}

/// Refuses an answer that leaves out what it was asked for, unless that has gone meanwhile.
fn all_described(answer: &Value, operation: &'static str) -> Result<(), CallError> {
    if !accounts(answer) {
        let told = "it accounts for nothing that was asked for";
        return Err(CallError::malformed(operation, told));
    }
    let reason = |failure: &Value| text(failure, "reason");
    let other = list(answer, "failures")
        .iter()
        .map(reason)
        .find(|r| r != "MISSING");
    match other {
        Some(reason) => Err(CallError::malformed(operation, reason)),
        None => Ok(()),
    }
}

fn texts(values: &[Value]) -> Vec<String> {
    values
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_refers_by_its_parameters_or_by_what_it_calls() {
        let named = |target: Value| of_target(&target, "x").map(|r| r.task_definition);
        let parameters = json!({ "Arn": "c", "EcsParameters": { "TaskDefinitionArn": "web:1" } });
        assert_eq!(named(parameters).as_deref(), Some("web:1"));
        let called = json!({ "Input": "{\"TaskDefinition\":\"web:2\"}" });
        assert_eq!(named(called).as_deref(), Some("web:2"));
        assert_eq!(named(json!({ "Input": "hello" })), None);
    }

    #[test]
    fn an_answer_with_holes_is_none() {
        let holes = |reason: &str| {
            all_described(
                &json!({ "failures": [{ "reason": reason }] }),
                "ecs:DescribeTasks",
            )
        };
        assert!(holes("MISSING").is_ok());
        assert!(holes("ACCESS").is_err());
        assert!(all_described(&json!({ "hello": "world" }), "ecs:DescribeTasks").is_err());
    }
}
