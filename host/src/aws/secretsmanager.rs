//! Secrets Manager: ARNs, names, and the names of JSON keys. No value leaves this file.

use serde_json::{Value, json};

use super::plain::SECRETS_MANAGER;
use super::{Aws, CallError, Class};
use crate::arn::Arn;
use crate::verify::secret::{Described, Keys, Version};

impl Aws {
    /// Full ARN of the secret of this name, by
    /// [DescribeSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html);
    /// `None` where there is none, or it is being deleted.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn secret_arn(&self, name: &str) -> Result<Option<String>, CallError> {
        let found = self.secret_described(name, None).await?;
        Ok(found.and_then(Described::into_arn))
    }

    /// What DescribeSecret tells of the secret of this name or ARN; `None` where there is none.
    /// It is asked for in the region of the ARN, else in `region`, else in the own one.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn secret_described(
        &self,
        id: &str,
        region: Option<&str>,
    ) -> Result<Option<Described>, CallError> {
        let request = json!({ "SecretId": id });
        let call = self.call_json(
            &SECRETS_MANAGER,
            "secretsmanager:DescribeSecret",
            region_of(id).or(region),
            &request,
        );
        match call.await {
            Ok(answer) => Ok(Some(described(&answer))),
            Err(e) if e.class == Class::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Names of all secrets that start with `prefix`, sorted.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn secret_names(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let mut request = json!({ "MaxResults": 100 });
        if !prefix.is_empty() {
            request["Filters"] = json!([{ "Key": "name", "Values": [prefix] }]);
        }
        let operation = "secretsmanager:ListSecrets";
        let all = self.paged(&SECRETS_MANAGER, None, operation, request, "SecretList");
        let all = all.await?;
        let found = all.iter().filter_map(|secret| secret["Name"].as_str());
        // The filter matches words inside a name, too, and minds no case.
        let found = found.filter(|name| name.starts_with(prefix));
        let mut names: Vec<String> = found.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    /// Names of the JSON keys in the value of a version of a secret: by staging label, by version
    /// id, or the current one. `None` where there is no such secret. The value itself is
    /// forgotten here.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn secret_keys(
        &self,
        name: &str,
        (stage, version): &Version,
    ) -> Result<Option<Keys>, CallError> {
        let mut request = json!({ "SecretId": name });
        if let Some(stage) = stage {
            request["VersionStage"] = stage.as_str().into();
        }
        if let Some(version) = version {
            request["VersionId"] = version.as_str().into();
        }
        let call = self.call_json(
            &SECRETS_MANAGER,
            "secretsmanager:GetSecretValue",
            region_of(name),
            &request,
        );
        let answer = match call.await {
            Ok(answer) => answer,
            Err(e) if e.class == Class::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let text = |member: &str| answer[member].as_str().unwrap_or_default();
        Ok(Some(Keys {
            arn: text("ARN").to_owned(),
            names: keys_of(text("SecretString")),
        }))
    }
}

/// The region that an ARN names.
fn region_of(id: &str) -> Option<&str> {
    Some(Arn::parse(id)?.region).filter(|region| !region.is_empty())
}

fn described(answer: &Value) -> Described {
    let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
    let labels = |versions: &serde_json::Map<String, Value>| {
        let labels = versions
            .values()
            .flat_map(|list| list.as_array().into_iter().flatten());
        labels
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    Described {
        arn: text("ARN"),
        name: text("Name"),
        is_deleted: !answer["DeletedDate"].is_null(),
        stages: answer["VersionIdsToStages"].as_object().map(labels),
    }
}

fn keys_of(value: &str) -> Vec<String> {
    let mut keys: Vec<String> = match serde_json::from_str(value) {
        Ok(Value::Object(members)) => members.keys().cloned().collect(),
        _ => Vec::new(),
    };
    keys.sort();
    keys
}

#[cfg(test)]
mod tests {
    use super::keys_of;

    #[test]
    fn keys_of_an_object_and_of_nothing_else() {
        assert_eq!(
            keys_of(r#"{"url":"s","password":"s"}"#),
            ["password", "url"]
        );
        assert!(keys_of("plain text").is_empty());
        assert!(keys_of(r#"["a"]"#).is_empty());
    }
}
