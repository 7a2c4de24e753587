//! `ecs:FAMILY[:REVISION]`: a task definition that infrastructure code registered.

use std::time::Duration;

use serde_json::Value;

use super::{Source, Template, absent, ambiguous, bad_template, from_described, template};
use crate::aws::{Aws, CallError};
use crate::error::{Error, ErrorKind};

/// How long to wait between looks at a family that has no ACTIVE revision for a moment:
/// Terraform deregisters the old one before it registers the new one.
const PAUSES: &[Duration] = &[
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(3),
    Duration::from_secs(4),
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_secs(5),
];

pub(super) async fn read(
    aws: &Aws,
    family: &str,
    revision: Option<u32>,
) -> Result<Template, Error> {
    let answer = match revision {
        Some(revision) => pinned(aws, family, revision).await?,
        None => newest(aws, family).await?,
    };
    let name = format!("ecs:{family}");
    // Nobody wrote this text: its one line says nothing.
    let text = answer.to_string().into_bytes();
    let parsed = from_described(answer).map_err(|faults| bad_template(&name, faults))?;
    let faults = ambiguous(&parsed.definition);
    if !faults.is_empty() {
        return Err(bad_template(parsed.arn.as_deref().unwrap_or(&name), faults));
    }
    let reference = parsed.arn.clone().unwrap_or(name);
    let secret = false;
    Ok(template(
        parsed,
        Source {
            reference,
            text,
            secret,
        },
    ))
}

async fn pinned(aws: &Aws, family: &str, revision: u32) -> Result<Value, Error> {
    let found = aws
        .describe_task_definition(&format!("{family}:{revision}"))
        .await
        .map_err(unchanged)?;
    found.ok_or_else(|| {
        absent(
            &format!("ecs:{family}:{revision}"),
            "check the family, the revision, the account and the region",
        )
    })
}

async fn newest(aws: &Aws, family: &str) -> Result<Value, Error> {
    if let Some(answer) = aws
        .describe_task_definition(family)
        .await
        .map_err(unchanged)?
    {
        return Ok(answer);
    }
    // Without the permission to list, a family in between cannot be told from none: wait for it.
    if !aws.family_has_inactive(family).await.unwrap_or(true) {
        let hint = "infrastructure code registers the template; check the family, the account and the region";
        return Err(absent(&format!("ecs:{family}"), hint));
    }
    let found = look_again(PAUSES, async || aws.describe_task_definition(family).await).await;
    found.map_err(unchanged)?.ok_or_else(|| {
        let waited: u64 = PAUSES.iter().map(Duration::as_secs).sum();
        let message =
            format!("family `{family}` has no ACTIVE revision, and got none in {waited} s");
        Error::new(ErrorKind::Input, message).hint(
            "is infrastructure code being applied, or did it end half-way? run it again, then this",
        )
    })
}

/// Looks after each pause until something is there.
async fn look_again<T>(
    pauses: &[Duration],
    mut look: impl AsyncFnMut() -> Result<Option<T>, CallError>,
) -> Result<Option<T>, CallError> {
    for pause in pauses {
        tokio::time::sleep(*pause).await;
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn unchanged(error: CallError) -> Error {
    error.into_error(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_family_in_between_is_waited_for() {
        let mut answers = vec![Some(7), None, None];
        let found = look_again(&[Duration::ZERO; 5], async || Ok(answers.pop().unwrap())).await;
        assert_eq!(found, Ok(Some(7)));
        let mut looks = 0;
        let none: Option<u8> = look_again(&[Duration::ZERO; 5], async || {
            looks += 1;
            Ok(None)
        })
        .await
        .unwrap();
        assert_eq!((none, looks), (None, 5));
    }
}
