//! IAM: roles and whom they trust, and what their own policies allow.

use serde_json::Value;

use super::plain::IAM;
use super::views::{list, optional};
use super::{Aws, CallError};
use crate::verify::access::Decision;

/// A role.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its trust policy; null where it is no JSON.
    pub trust: Value,
}

impl Aws {
    /// A role by its name, by
    /// [GetRole](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html); `None`
    /// where there is none.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn role(&self, name: &str) -> Result<Option<Role>, CallError> {
        const OPERATION: &str = "iam:GetRole";
        let members = [("RoleName".to_owned(), name.to_owned())];
        let answer = match self.call_query(&IAM, OPERATION, None, &members).await {
            Ok(answer) => answer,
            Err(e) if e.code.as_deref() == Some("NoSuchEntity") => return Ok(None),
            Err(e) => return Err(e),
        };
        let role = answer.get("Role");
        let arn = optional(role, "Arn");
        let arn = arn.ok_or_else(|| CallError::malformed(OPERATION, "no `Arn`"))?;
        let trust = optional(role, "AssumeRolePolicyDocument").unwrap_or_default();
        Ok(Some(Role {
            arn,
            trust: serde_json::from_str(&decoded(&trust)).unwrap_or_default(),
        }))
    }

    /// What the policies of a role decide, those of resources aside, by
    /// [SimulatePrincipalPolicy](https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html).
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn simulated(
        &self,
        role: &str,
        actions: &[&str],
        resources: &[String],
    ) -> Result<Vec<Decision>, CallError> {
        let mut members = vec![("PolicySourceArn".to_owned(), role.to_owned())];
        for (at, action) in (1..).zip(actions) {
            members.push((format!("ActionNames.member.{at}"), (*action).to_owned()));
        }
        for (at, resource) in (1..).zip(resources) {
            members.push((format!("ResourceArns.member.{at}"), resource.clone()));
        }
        let answer = self
            .call_query(&IAM, "iam:SimulatePrincipalPolicy", None, &members)
            .await?;
        let results = list(&answer, "EvaluationResults").iter();
        Ok(results.flat_map(decisions).collect())
    }
}

/// One result is about an action; of several resources each has a part of its own.
fn decisions(result: &Value) -> Vec<Decision> {
    let text = |value: &Value, member: &str| optional(Some(value), member).unwrap_or_default();
    let decision = |value: &Value, member: &str| Decision {
        action: text(result, "EvalActionName"),
        resource: text(value, "EvalResourceName"),
        is_allowed: text(value, member) == "allowed",
    };
    let parts = list(result, "ResourceSpecificResults");
    match parts.is_empty() {
        true => vec![decision(result, "EvalDecision")],
        false => parts
            .iter()
            .map(|part| decision(part, "EvalResourceDecision"))
            .collect(),
    }
}

/// Text of a URL without its escapes.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let escaped = hex.and_then(|two| u8::from_str_radix(two, 16).ok());
        match (first, escaped) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_of_iam_is_written_as_in_a_url() {
        assert_eq!(decoded("%7B%22a%22%3A%22%C3%A9%22%7D"), r#"{"a":"é"}"#);
        assert_eq!(decoded("100% {}"), "100% {}");
        assert_eq!(decoded("%"), "%");
    }

    #[test]
    fn a_simulation_decides_for_each_resource() {
        let one = json!({ "EvalActionName": "a:B", "EvalResourceName": "*", "EvalDecision": "implicitDeny" });
        let decision = |resource: &str, is_allowed| Decision {
            action: "a:B".to_owned(),
            resource: resource.to_owned(),
            is_allowed,
        };
        assert_eq!(decisions(&one), [decision("*", false)]);
        let many = json!({
            "EvalActionName": "a:B", "EvalResourceName": "r", "EvalDecision": "implicitDeny",
            "ResourceSpecificResults": [
                { "EvalResourceName": "r", "EvalResourceDecision": "allowed" },
                { "EvalResourceName": "s", "EvalResourceDecision": "explicitDeny" },
            ],
        });
        assert_eq!(
            decisions(&many),
            [decision("r", true), decision("s", false)]
        );
    }
}
