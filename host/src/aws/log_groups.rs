//! CloudWatch Logs: whether a log group is there.

use serde_json::json;

use super::plain::LOGS;
use super::views::{list, optional};
use super::{Aws, CallError};

impl Aws {
    /// Whether a log group is there, by
    /// [DescribeLogGroups](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html),
    /// which sorts by name: the one asked for comes before all that only begin so.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn has_log_group(&self, name: &str, region: Option<&str>) -> Result<bool, CallError> {
        let request = json!({ "logGroupNamePrefix": name, "limit": 1 });
        let answer = self
            .call_json(&LOGS, "logs:DescribeLogGroups", region, &request)
            .await?;
        let mut groups = list(&answer, "logGroups").iter();
        Ok(groups.any(|group| optional(Some(group), "logGroupName").as_deref() == Some(name)))
    }
}
