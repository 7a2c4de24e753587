//! ARNs in one account and region.

use crate::arn::partition_of;

/// Account, region and partition; `*` stands for what is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Twelve digits, or `*`.
    pub account: String,
    /// The region, or `*`.
    pub region: String,
}

impl Place {
    /// The partition that the region lies in.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        partition_of(&self.region)
    }

    /// ARN of something of ECS.
    #[must_use]
    pub fn ecs(&self, resource: &str) -> String {
        self.arn("ecs", resource)
    }

    /// ARN of a parameter, by its name, a pattern, or its ARN.
    #[must_use]
    pub fn parameter(&self, name: &str) -> String {
        match name.starts_with("arn:") {
            true => name.to_owned(),
            false => self.arn(
                "ssm",
                &format!("parameter/{}", name.trim_start_matches('/')),
            ),
        }
    }

    /// ARN of a secret, by its name, a pattern, or its ARN. What Secrets Manager adds to a name is
    /// not known: a hyphen and six characters.
    #[must_use]
    pub fn secret(&self, name: &str) -> String {
        let suffix = if name.ends_with('*') { "" } else { "-??????" };
        match name.starts_with("arn:") {
            true => name.to_owned(),
            false => self.arn("secretsmanager", &format!("secret:{name}{suffix}")),
        }
    }

    /// ARN of a role, by its name or its ARN.
    #[must_use]
    pub fn role(&self, name: &str) -> String {
        if name.starts_with("arn:") {
            return name.to_owned();
        }
        let (partition, account) = (self.partition(), &self.account);
        format!("arn:{partition}:iam::{account}:role/{name}")
    }

    /// ARN of an object, which has neither account nor region.
    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> String {
        format!("arn:{}:s3:::{bucket}/{key}", self.partition())
    }

    /// ARN of all streams of a log group, by its name or a pattern.
    #[must_use]
    pub fn log_streams(&self, group: &str, region: Option<&str>) -> String {
        let place = Self {
            region: region.unwrap_or(&self.region).to_owned(),
            ..self.clone()
        };
        place.arn("logs", &format!("log-group:{group}:log-stream:*"))
    }

    /// ARN of all log groups of a region; empty text for this one.
    #[must_use]
    pub fn log_groups(&self, region: &str) -> String {
        let mut place = self.clone();
        if !region.is_empty() {
            region.clone_into(&mut place.region);
        }
        place.arn("logs", "log-group:*")
    }

    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        let Self { account, region } = self;
        let partition = self.partition();
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}
