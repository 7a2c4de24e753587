//! CloudWatch Logs: what containers wrote.

use serde_json::{Value, json};

use super::plain::LOGS;
use super::views::list;
use super::{Aws, CallError};
use crate::wait::log::Stream;

/// A line of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// Unix seconds.
    pub at: f64,
    /// What was written.
    pub message: String,
}

const OPERATION: &str = "logs:GetLogEvents";

impl Aws {
    /// The last lines of a stream, by
    /// [GetLogEvents](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html).
    ///
    /// # Errors
    /// [`CallError`] as for every call; of class `NotFound` where there is no such group or stream.
    pub async fn log_tail(&self, of: &Stream, lines: usize) -> Result<Vec<LogLine>, CallError> {
        let mut request = request(of);
        request["limit"] = lines.into();
        request["startFromHead"] = false.into();
        let answer = self.log_events(of, &request).await?;
        let mut found = read(&answer);
        found.drain(..found.len().saturating_sub(lines));
        Ok(found)
    }

    /// A page of a stream from its beginning or, with the token of the page before, after that;
    /// and the token for what comes after it.
    ///
    /// # Errors
    /// [`CallError`] as for every call; of class `NotFound` where there is no such group or stream.
    pub async fn log_page(
        &self,
        of: &Stream,
        after: Option<&str>,
    ) -> Result<(Vec<LogLine>, Option<String>), CallError> {
        let mut request = request(of);
        request["startFromHead"] = true.into();
        if let Some(token) = after {
            request["nextToken"] = token.into();
        }
        let answer = self.log_events(of, &request).await?;
        let token = answer["nextForwardToken"].as_str().map(str::to_owned);
        Ok((read(&answer), token))
    }

    async fn log_events(&self, of: &Stream, request: &Value) -> Result<Value, CallError> {
        self.call_json(&LOGS, OPERATION, of.region.as_deref(), request)
            .await
    }
}

fn request(of: &Stream) -> Value {
    json!({ "logGroupName": of.group, "logStreamName": of.name })
}

/// An event may be of several lines.
fn read(answer: &Value) -> Vec<LogLine> {
    let mut found = Vec::new();
    for event in list(answer, "events") {
        let at = event["timestamp"].as_f64().unwrap_or(0.0) / 1000.0;
        let message = event["message"].as_str().unwrap_or_default();
        let lines = message.strip_suffix('\n').unwrap_or(message).split('\n');
        found.extend(lines.map(|line| LogLine {
            at,
            message: line.trim_end_matches('\r').to_owned(),
        }));
    }
    found
}
