//! What an operation answers, or how it refuses, and how members of a request are read.

use serde_json::{Value, json};

/// An operation's answer: the response document, or AWS's refusal.
pub(crate) type Answer = Result<Value, Refusal>;

/// An error as AWS's JSON protocols send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    /// The error's shape name.
    pub(crate) code: String,
    /// AWS's words.
    pub(crate) message: String,
}

impl Refusal {
    /// A 400 of this code.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// ECS's `ClientException`.
    pub(crate) fn client(message: impl Into<String>) -> Self {
        Self::new("ClientException", message)
    }

    /// ECS's `InvalidParameterException`.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }
}

/// A string member.
pub(crate) fn text<'a>(request: &'a Value, member: &str) -> Option<&'a str> {
    request.get(member)?.as_str()
}

/// A list of strings; empty where there is none.
pub(crate) fn texts(request: &Value, member: &str) -> Vec<String> {
    list(request, member)
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// A list member; empty where there is none.
pub(crate) fn list<'a>(request: &'a Value, member: &str) -> &'a [Value] {
    request
        .get(member)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A whole number.
pub(crate) fn count(request: &Value, member: &str) -> Option<i64> {
    request.get(member)?.as_i64()
}

/// A switch; off where there is none.
pub(crate) fn flag(request: &Value, member: &str) -> bool {
    request
        .get(member)
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

/// A timestamp as awsJson1.1 has it: seconds with a fraction.
pub(crate) fn time(seconds: f64) -> Value {
    json!((seconds * 1000.0).round() / 1000.0)
}

/// One page of `items`: `maximum` names the member that limits it, `token` the one to go on with.
/// The second value is the token of the next page.
pub(crate) fn page<T>(
    items: Vec<T>,
    request: &Value,
    (maximum, default): (&str, usize),
    token: &str,
) -> (Vec<T>, Option<String>) {
    let from = text(request, token)
        .and_then(|t| t.strip_prefix("page-")?.parse().ok())
        .unwrap_or(0);
    let size = count(request, maximum)
        .and_then(|n| usize::try_from(n).ok())
        .map_or(default, |n| n.clamp(1, default));
    let more = items.len() > from + size;
    (
        items.into_iter().skip(from).take(size).collect(),
        more.then(|| format!("page-{}", from + size)),
    )
}

/// Puts the token of the next page into an answer, if there is one.
pub(crate) fn with_token(mut answer: Value, name: &str, token: Option<String>) -> Value {
    if let Some(token) = token {
        answer[name] = token.into();
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::{page, time};
    use serde_json::json;

    #[test]
    fn pages_join_to_the_whole() {
        let mut request = json!({"maxResults": 2});
        let mut seen = Vec::new();
        loop {
            let (items, token) = page((0..5).collect(), &request, ("maxResults", 10), "nextToken");
            seen.extend(items);
            match token {
                Some(token) => request["nextToken"] = token.into(),
                None => break,
            }
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn times_are_seconds_with_milliseconds() {
        assert_eq!(time(1.23456).to_string(), "1.235");
    }
}
