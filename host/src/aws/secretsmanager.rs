//! Secrets Manager: ARNs, names, and the names of JSON keys. No value leaves this file.

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};
use serde_json::Value;

use super::{Aws, CallError, Class};

impl Aws {
    pub(super) async fn secretsmanager(&self) -> &aws_sdk_secretsmanager::Client {
        let config = self.config().await;
        self.secretsmanager
            .get_or_init(|| aws_sdk_secretsmanager::Client::new(config))
    }

    /// Full ARN of the secret of this name, by
    /// [DescribeSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html);
    /// `None` where there is none, or it is being deleted.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn secret_arn(&self, name: &str) -> Result<Option<String>, CallError> {
        let result = self
            .secretsmanager()
            .await
            .describe_secret()
            .secret_id(name)
            .send()
            .await;
        match result.map_err(|e| CallError::of("secretsmanager:DescribeSecret", false, &e)) {
            Ok(answer) if answer.deleted_date().is_some() => Ok(None),
            Ok(answer) => Ok(answer.arn().map(str::to_owned)),
            Err(e) if e.class == Class::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Names of all secrets that start with `prefix`, sorted.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn secret_names(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let (mut names, mut token) = (Vec::new(), None);
        loop {
            let mut call = self
                .secretsmanager()
                .await
                .list_secrets()
                .max_results(100)
                .set_next_token(token);
            if !prefix.is_empty() {
                call = call.filters(
                    Filter::builder()
                        .key(FilterNameStringType::Name)
                        .values(prefix)
                        .build(),
                );
            }
            let answer = call
                .send()
                .await
                .map_err(|e| CallError::of("secretsmanager:ListSecrets", false, &e))?;
            let found = answer.secret_list().iter().filter_map(|s| s.name());
            // The filter matches words inside a name, too, and minds no case.
            names.extend(found.filter(|n| n.starts_with(prefix)).map(str::to_owned));
            token = answer
                .next_token()
                .filter(|t| !t.is_empty())
                .map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        names.sort();
        Ok(names)
    }

    /// Names of the JSON keys in a secret's value, sorted; `None` where there is no such secret,
    /// empty where its value is no JSON object. The value itself is forgotten here.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn secret_keys(&self, name: &str) -> Result<Option<Vec<String>>, CallError> {
        let result = self
            .secretsmanager()
            .await
            .get_secret_value()
            .secret_id(name)
            .send()
            .await;
        let answer =
            match result.map_err(|e| CallError::of("secretsmanager:GetSecretValue", false, &e)) {
                Ok(answer) => answer,
                Err(e) if e.class == Class::NotFound => return Ok(None),
                Err(e) => return Err(e),
            };
        Ok(Some(keys_of(answer.secret_string().unwrap_or_default())))
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
