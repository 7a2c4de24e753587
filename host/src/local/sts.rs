//! STS: who calls, and credentials of roles, which end where the world says so.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;

use super::answer::Refusal;
use super::state::State;
use super::wire;

/// What access key ids of sessions begin with; the moment of their end, in milliseconds of Unix
/// time, follows.
const SESSION: &str = "ASIAPRACTICE";

/// The answer to one call.
pub(crate) fn answer(state: &State, operation: &str, form: &Value) -> Response {
    let account = &state.account;
    let given = |name: &str| form[name].as_str().is_some_and(|value| !value.is_empty());
    let result = match operation {
        "GetCallerIdentity" => format!(
            "<Arn>arn:aws:iam::{account}:user/practice</Arn><UserId>AIDAPRACTICE</UserId><Account>{account}</Account>"
        ),
        "AssumeRole" if given("RoleArn") => credentials(state),
        "AssumeRoleWithWebIdentity" if given("RoleArn") && given("WebIdentityToken") => {
            credentials(state)
        }
        "AssumeRole" | "AssumeRoleWithWebIdentity" => {
            return wire::query_refusal(&Refusal::new(
                "ValidationError",
                "RoleArn or WebIdentityToken is missing",
            ));
        }
        _ => {
            let told = format!("Could not find operation {operation}");
            return wire::query_refusal(&Refusal::new("InvalidAction", told));
        }
    };
    wire::query_response(operation, &result)
}

fn credentials(state: &State) -> String {
    let account = &state.account;
    let life = state.session_seconds.map(Duration::from_secs_f64);
    let end = life.map_or(Duration::from_secs(4_070_908_800), |life| now() + life);
    let millis = end.as_millis();
    let at = i64::try_from(millis)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let at = at.expect("invariant: sessions end in this millennium");
    format!(
        "<Credentials><AccessKeyId>{SESSION}{millis}</AccessKeyId><SecretAccessKey>practice</SecretAccessKey>\
         <SessionToken>practice</SessionToken><Expiration>{at}</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>AROAPRACTICE:acetate</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/practice/acetate</Arn></AssumedRoleUser>"
    )
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Access key id that a request is signed with.
pub(crate) fn signer(headers: &HeaderMap) -> Option<String> {
    let signed = headers.get("authorization")?.to_str().ok()?;
    let (_, rest) = signed.split_once("Credential=")?;
    rest.split('/').next().map(str::to_owned)
}

/// Whether a request is signed with the credentials of a session that has ended.
pub(crate) fn is_over(headers: &HeaderMap) -> bool {
    let signed = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let end = signed
        .and_then(|signed| signed.split_once(SESSION))
        .and_then(|(_, rest)| rest.split('/').next()?.parse::<u128>().ok());
    end.is_some_and(|end| end <= now().as_millis())
}
