//! SSM Parameter Store: names, kinds, ARNs, plain values; and whole templates.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::plain::SSM;
use super::views::{list, text};
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
    /// The parameters of these names that exist, by the name asked for, by
    /// [GetParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html)
    /// without decryption, ten a call; in this region, else in the own one.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn parameters(
        &self,
        names: &[String],
        region: Option<&str>,
    ) -> Result<BTreeMap<String, Parameter>, CallError> {
        let mut found = BTreeMap::new();
        for names in names.chunks(10) {
            let request = json!({ "Names": names, "WithDecryption": false });
            let call = self.call_json(&SSM, "ssm:GetParameters", region, &request);
            let answer = call.await?;
            let parameters = list(&answer, "Parameters").iter();
            found.extend(parameters.map(|p| (asked_for(names, p), plain(p))));
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
        let request = json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true });
        let call = self.call_json(&SSM, "ssm:PutParameter", None, &request);
        call.await.map(drop)
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
        let request = json!({
            "Path": path, "Recursive": true, "WithDecryption": false, "MaxResults": 10,
        });
        let all = self.paged(&SSM, None, "ssm:GetParametersByPath", request, "Parameters");
        let mut found: Vec<Parameter> = all.await?.iter().map(plain).collect();
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
        let request = json!({ "Name": selector, "WithDecryption": true });
        let answer = match self.call_json(&SSM, OPERATION, None, &request).await {
            Ok(answer) => answer,
            Err(e) if e.class == Class::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let parameter = &answer["Parameter"];
        if !parameter.is_object() {
            return Err(CallError::malformed(OPERATION, "no `Parameter`"));
        }
        Ok(Some((
            text(parameter, "Value"),
            version_of(parameter),
            !is_readable(parameter),
        )))
    }
}

fn version_of(parameter: &Value) -> i64 {
    parameter["Version"].as_i64().unwrap_or_default()
}

/// The name that this parameter was asked for by: its name, or its ARN.
fn asked_for(names: &[String], parameter: &Value) -> String {
    let arn = text(parameter, "ARN");
    match names.contains(&arn) {
        true => arn,
        false => text(parameter, "Name"),
    }
}

/// Whether its value may be known; a kind that is not known is taken for a secret.
fn is_readable(parameter: &Value) -> bool {
    matches!(parameter["Type"].as_str(), Some("String" | "StringList"))
}

fn plain(parameter: &Value) -> Parameter {
    let kind = parameter["Type"].as_str().unwrap_or("SecureString");
    Parameter {
        name: text(parameter, "Name"),
        kind: kind.to_owned(),
        arn: text(parameter, "ARN"),
        version: version_of(parameter),
        value: parameter["Value"]
            .as_str()
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
            (json!("String"), Some("v")),
            (json!("StringList"), Some("v")),
            (json!("SecureString"), None),
            (json!("SomethingNew"), None),
            (Value::Null, None),
        ] {
            let answer = json!({ "Name": "/a", "Value": "v", "Type": kind });
            assert_eq!(plain(&answer).value.as_deref(), value, "{kind}");
        }
    }
}
