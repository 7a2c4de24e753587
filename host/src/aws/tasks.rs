//! ECS tasks that run once: started, looked at, stopped.

use aws_sdk_ecs::operation::list_tasks::builders::ListTasksFluentBuilder;
use serde_json::Value;

use super::raw::Raw;
use super::views::{list, optional, task_view};
use super::{Aws, CallError};
use crate::wait::task::TaskView;

/// A task that RunTask started, or AWS's words for why there is none, in an answer of 200.
pub type Started = Result<TaskView, String>;

impl Aws {
    /// [RunTask](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html) with
    /// exactly this body. It names a client token, so that attempts can be repeated.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn run_task(&self, body: &Value) -> Result<Started, CallError> {
        const OPERATION: &str = "ecs:RunTask";
        let raw = Raw::sending(body.to_string().into_bytes());
        let call = self.ecs().await.run_task().customize();
        let result = call.interceptor(raw.clone()).send().await;
        let answer = raw.answer(OPERATION, result)?;
        if let Some(task) = list(&answer, "tasks").first() {
            return Ok(Ok(task_view(task)));
        }
        let failure = list(&answer, "failures").first();
        let parts = ["reason", "detail"].map(|member| optional(failure, member));
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            return Err(CallError::malformed(
                OPERATION,
                "neither a task nor a failure",
            ));
        }
        Ok(Err(parts.join(": ")))
    }

    /// A task by ARN, by
    /// [DescribeTasks](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html);
    /// `None` where AWS does not know it: not yet, or not any more.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn task(&self, cluster: &str, arn: &str) -> Result<Option<TaskView>, CallError> {
        let raw = Raw::default().accounting();
        let call = self
            .ecs()
            .await
            .describe_tasks()
            .cluster(cluster)
            .tasks(arn);
        let result = call.customize().interceptor(raw.clone()).send().await;
        let answer = raw.answer("ecs:DescribeTasks", result)?;
        Ok(list(&answer, "tasks").first().map(task_view))
    }

    /// ARNs of the tasks started under this `startedBy` that are to run.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn tasks_started_by(
        &self,
        cluster: &str,
        who: &str,
    ) -> Result<Vec<String>, CallError> {
        let call = self.ecs().await.list_tasks().cluster(cluster);
        task_arns(call.started_by(who)).await
    }

    /// [StopTask](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html):
    /// its containers get SIGTERM, and SIGKILL when their stop time is over.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn stop_task(&self, cluster: &str, arn: &str, reason: &str) -> Result<(), CallError> {
        let raw = Raw::default();
        let call = self.ecs().await.stop_task().cluster(cluster);
        let call = call.task(arn).reason(reason).customize();
        let result = call.interceptor(raw.clone()).send().await;
        raw.answer("ecs:StopTask", result).map(drop)
    }
}

/// The ARNs that ListTasks answers with.
pub(super) async fn task_arns(call: ListTasksFluentBuilder) -> Result<Vec<String>, CallError> {
    let raw = Raw::default();
    let result = call.customize().interceptor(raw.clone()).send().await;
    let answer = raw.answer("ecs:ListTasks", result)?;
    let arns = list(&answer, "taskArns").iter().filter_map(Value::as_str);
    Ok(arns.map(str::to_owned).collect())
}
