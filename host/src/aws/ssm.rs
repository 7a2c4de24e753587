//! SSM Parameter Store: names, kinds, ARNs, plain values; and whole templates.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{Parameter as Answer, ParameterType};

use super::{Aws, CallError, Class};

/// A parameter. A SecureString's value is never in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, `/prod/web/url`.
    pub name: String,
    /// `String`, `StringList` or `SecureString`.
    pub kind: String,
    /// Its ARN.
    pub arn: String,
    /// Version that was read.
    pub version: i64,
    /// Its value; `None` for a SecureString.
    pub value: Option<String>,
}

impl Aws {
    pub(super) async fn ssm(&self) -> &aws_sdk_ssm::Client {
        let config = self.config().await;
        self.ssm.get_or_init(|| aws_sdk_ssm::Client::new(config))
    }

    /// The parameters of these names that exist, by the name asked for, by
    /// [GetParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html)
    /// without decryption, ten a call.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn parameters(
        &self,
        names: &[String],
    ) -> Result<BTreeMap<String, Parameter>, CallError> {
        let mut found = BTreeMap::new();
        for names in names.chunks(10) {
            let call = self
                .ssm()
                .await
                .get_parameters()
                .set_names(Some(names.to_vec()))
                .with_decryption(false);
            let answer = call
                .send()
                .await
                .map_err(|e| CallError::of("ssm:GetParameters", false, &e))?;
            found.extend(
                answer
                    .parameters()
                    .iter()
                    .map(|p| (asked_for(names, p), plain(p))),
            );
        }
        Ok(found)
    }

    /// Writes a parameter of type `String`, by
    /// [PutParameter](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html).
    /// The same value again does no harm.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn put_parameter(&self, name: &str, value: &str) -> Result<(), CallError> {
        let call = self.ssm().await.put_parameter().name(name).value(value);
        let call = call.r#type(ParameterType::String).overwrite(true);
        let answer = call.send().await;
        answer
            .map(drop)
            .map_err(|e| CallError::of("ssm:PutParameter", true, &e))
    }

    /// All parameters below a path, sorted by name, without decryption.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn parameters_below(&self, path: &str) -> Result<Vec<Parameter>, CallError> {
        let path = if path == "/" {
            path
        } else {
            path.trim_end_matches('/')
        };
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let call = self
                .ssm()
                .await
                .get_parameters_by_path()
                .path(path)
                .recursive(true)
                .with_decryption(false);
            let answer = call.max_results(10).set_next_token(token).send().await;
            let answer = answer.map_err(|e| CallError::of("ssm:GetParametersByPath", false, &e))?;
            found.extend(answer.parameters().iter().map(plain));
            token = answer
                .next_token()
                .filter(|t| !t.is_empty())
                .map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// A template kept in a parameter: its value, decrypted where it is a SecureString, the
    /// version that was read, and whether it is a secret. `None` where there is none. For templates only: nothing else may
    /// see a SecureString's value.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn template_parameter(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<Option<(String, i64, bool)>, CallError> {
        const OPERATION: &str = "ssm:GetParameter";
        let selector = version.map_or_else(|| name.to_owned(), |v| format!("{name}:{v}"));
        let result = self
            .ssm()
            .await
            .get_parameter()
            .name(selector)
            .with_decryption(true)
            .send()
            .await;
        let answer = match result.map_err(|e| CallError::of(OPERATION, false, &e)) {
            Ok(answer) => answer,
            Err(e) if e.class == Class::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let parameter = answer
            .parameter()
            .ok_or_else(|| CallError::malformed(OPERATION, false, "no `Parameter`"))?;
        Ok(Some((
            parameter.value().unwrap_or_default().to_owned(),
            parameter.version(),
            !is_readable(parameter),
        )))
    }
}

/// The name that this parameter was asked for by: its name, or its ARN.
fn asked_for(names: &[String], parameter: &Answer) -> String {
    let name = parameter.name().unwrap_or_default();
    match parameter.arn() {
        Some(arn) if names.iter().any(|n| n == arn) => arn.to_owned(),
        _ => name.to_owned(),
    }
}

/// Whether its value may be known; a kind that is not known is taken for a secret.
fn is_readable(parameter: &Answer) -> bool {
    matches!(
        parameter.r#type(),
        Some(ParameterType::String | ParameterType::StringList)
    )
}

fn plain(parameter: &Answer) -> Parameter {
    let kind = parameter
        .r#type()
        .cloned()
        .unwrap_or(ParameterType::SecureString);
    Parameter {
        name: parameter.name().unwrap_or_default().to_owned(),
        kind: kind.as_str().to_owned(),
        arn: parameter.arn().unwrap_or_default().to_owned(),
        version: parameter.version(),
        value: parameter
            .value()
            .filter(|_| is_readable(parameter))
            .map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secure_string_has_no_value_even_if_one_came() {
        for (kind, value) in [
            (Some(ParameterType::String), Some("v")),
            (Some(ParameterType::StringList), Some("v")),
            (Some(ParameterType::SecureString), None),
            (Some(ParameterType::from("SomethingNew")), None),
            (None, None),
        ] {
            let answer = Answer::builder()
                .name("/a")
                .value("v")
                .set_type(kind.clone())
                .build();
            assert_eq!(plain(&answer).value.as_deref(), value, "{kind:?}");
        }
    }
}
