//! Plain environment values that look like credentials: hidden where they are printed, never
//! where they are sent.

use std::collections::BTreeMap;

use serde_json::Value;

mod event;
mod line;

pub use event::event;
pub use line::line;

/// What is printed in the place of a masked value.
pub const MASK: &str = "********";

/// The value of an environment variable as it may be printed.
#[must_use]
pub fn environment<'a>(name: &str, value: &'a str) -> &'a str {
    if looks_secret(name, value) {
        MASK
    } else {
        value
    }
}

/// The value at an address of a task definition as it may be printed: every environment
/// variable in it, or the one that the address names, is masked where it looks like a
/// credential.
#[must_use]
pub fn at(address: &str, value: &Value) -> Value {
    let parts: Vec<&str> = address.split('/').collect();
    let place = parts
        .iter()
        .position(|p| *p == "environment" || *p == "environmentVariables");
    match (place, value) {
        (Some(place), Value::String(text)) => {
            let name = parts.get(place + 1).copied().unwrap_or_default();
            Value::String(environment(name, text).to_owned())
        }
        (Some(_), Value::Array(items)) => {
            Value::Array(items.iter().map(|v| at(address, v)).collect())
        }
        (Some(_), Value::Object(_)) => variable(value),
        _ => document(value),
    }
}

/// The inputs of a run whose values look like credentials: their values.
#[must_use]
pub fn secret_inputs(inputs: &BTreeMap<String, String>) -> Vec<String> {
    let secret = inputs
        .iter()
        .filter(|(name, value)| looks_secret(name, value));
    secret.map(|(_, value)| value.clone()).collect()
}

/// A value without what is made of these texts: a text in which one of them is found is hidden.
#[must_use]
pub fn without(value: &Value, secret: &[String]) -> Value {
    match value {
        Value::String(text) if secret.iter().any(|s| text.contains(s)) => Value::from(MASK),
        Value::Array(items) => items.iter().map(|item| without(item, secret)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(k, v)| (k.clone(), without(v, secret)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// A whole document, or any part of it that holds `environment` lists, as it may be printed.
#[must_use]
pub fn document(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(k, v)| {
                    (
                        k.clone(),
                        if k == "environment" {
                            at("/environment", v)
                        } else {
                            document(v)
                        },
                    )
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(document).collect()),
        other => other.clone(),
    }
}

/// Values in the environments of these containers that look like credentials: what is masked in
/// text that containers wrote. Very short ones are left out, since they are a part of many words.
#[must_use]
pub fn known(containers: &[Value]) -> Vec<String> {
    const SHORTEST: usize = 4;
    let pairs = containers.iter().filter_map(|c| c.get("environment"));
    let pairs = pairs.filter_map(Value::as_array).flatten();
    let text = |pair: &Value, member: &str| pair.get(member)?.as_str().map(str::to_owned);
    let pairs = pairs.filter_map(|pair| Some((text(pair, "name")?, text(pair, "value")?)));
    let mut found: Vec<String> = pairs
        .filter(|(name, value)| value.len() >= SHORTEST && looks_secret(name, value))
        .map(|(_, value)| value)
        .collect();
    // The longest first: one may be a part of another.
    found.sort_by_key(|value| std::cmp::Reverse(value.len()));
    found.dedup();
    found
}

fn variable(pair: &Value) -> Value {
    let mut pair = pair.clone();
    let name = pair
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if let Some(Value::String(value)) = pair.get_mut("value") {
        *value = environment(&name, value).to_owned();
    }
    pair
}

fn looks_secret(name: &str, value: &str) -> bool {
    if value.is_empty()
        || value.starts_with("arn:")
        || value.parse::<f64>().is_ok()
        || ["true", "false"].contains(&value)
    {
        return false;
    }
    secret_name(name) || secret_value(value)
}

fn secret_name(name: &str) -> bool {
    const TELLING: [&str; 9] = [
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "SECRET",
        "TOKEN",
        "APIKEY",
        "ACCESSKEY",
        "PRIVATEKEY",
        "CREDENTIAL",
    ];
    // Letters only: `API_KEY`, `api-key` and `apiKey` are one word.
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_uppercase();
    TELLING.iter().any(|t| name.contains(t))
}

fn secret_value(value: &str) -> bool {
    const PREFIXES: [&str; 10] = [
        "ghp_",
        "gho_",
        "ghs_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "sk_live_",
        "rk_live_",
        "-----BEGIN",
    ];
    PREFIXES.iter().any(|p| value.starts_with(p))
        || access_key(value)
        || web_token(value)
        || password_in_url(value)
}

fn access_key(value: &str) -> bool {
    value.len() == 20
        && (value.starts_with("AKIA") || value.starts_with("ASIA"))
        && value
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn web_token(value: &str) -> bool {
    value.starts_with("eyJ") && value.len() > 40 && value.matches('.').count() == 2
}

fn password_in_url(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| {
        user.split_once(':')
            .is_some_and(|(_, password)| !password.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_looks_like_a_credential_is_masked() {
        for (name, value, masked) in [
            ("DB_PASSWORD", "hunter2", true),
            ("db-api-key", "abc", true),
            ("STRIPE_API_KEY", "abc", true),
            ("TOKEN_TTL", "300", false),
            ("USE_TOKEN", "true", false),
            ("DB_PASSWORD", "", false),
            (
                "SECRET_ARN",
                "arn:aws:secretsmanager:eu-west-1:1:secret:x",
                false,
            ),
            ("URL", "postgres://app:pw@db/x", true),
            ("URL", "postgres://app@db/x:y", false),
            ("ID", "AKIAABCDEFGHIJKLMNOP", true),
            ("LOG_LEVEL", "info", false),
        ] {
            assert_eq!(environment(name, value) == MASK, masked, "{name}={value}");
        }
    }

    #[test]
    fn a_document_is_masked_in_its_environments_only() {
        let shown = document(&json!({ "containerDefinitions": [{
            "name": "app", "command": ["--password=x"],
            "environment": [{ "name": "DB_PASSWORD", "value": "hunter2" }, { "name": "A", "value": "b" }],
        }]}));
        assert_eq!(
            shown["containerDefinitions"][0]["environment"][0]["value"],
            MASK
        );
        assert_eq!(
            shown["containerDefinitions"][0]["environment"][1]["value"],
            "b"
        );
        assert_eq!(
            shown["containerDefinitions"][0]["command"][0],
            "--password=x"
        );
    }

    #[test]
    fn lines_of_logs_are_masked_by_value_and_by_looks() {
        let containers = [json!({ "environment": [
            { "name": "DB_PASSWORD", "value": "hunter2" },
            { "name": "OTHER_PASSWORD", "value": "hunter2-long" },
            { "name": "PIN_TOKEN", "value": "abc" },
            { "name": "LOG_LEVEL", "value": "debug" },
        ]})];
        let known = known(&containers);
        assert_eq!(known, ["hunter2-long", "hunter2"]);
        for (text, shown) in [
            ("login hunter2 failed", "login ******** failed"),
            ("p=hunter2-long;", "p=********;"),
            (
                "connecting to \"postgres://a:b@db/x\" at debug abc",
                "connecting to \"********\" at debug abc",
            ),
            ("key=AKIAABCDEFGHIJKLMNOP", "key=********"),
            ("plain, with spaces  kept ", "plain, with spaces  kept "),
            ("", ""),
        ] {
            assert_eq!(line(text, &known), shown);
        }
    }

    #[test]
    fn what_is_made_of_a_secret_input_is_hidden_at_any_depth() {
        let inputs = BTreeMap::from([
            ("image".to_owned(), "app:1".to_owned()),
            ("token".to_owned(), "hush".to_owned()),
        ]);
        let secret = secret_inputs(&inputs);
        assert_eq!(secret, ["hush"]);
        let value = json!({ "command": ["run", "--token=hush"], "image": "app:1" });
        let shown = json!({ "command": ["run", MASK], "image": "app:1" });
        assert_eq!(without(&value, &secret), shown);
    }

    #[test]
    fn an_address_names_the_variable() {
        let secret = json!("hunter2");
        assert_eq!(
            at(
                "/containerDefinitions/app/environment/DB_PASSWORD/value",
                &secret
            ),
            json!(MASK)
        );
        assert_eq!(
            at("/containerDefinitions/app/environment/NAME/value", &secret),
            secret
        );
        assert_eq!(at("/containerDefinitions/app/image", &secret), secret);
        let pair = json!({ "name": "DB_PASSWORD", "value": "hunter2" });
        assert_eq!(
            at("/containerDefinitions/app/environment/DB_PASSWORD", &pair)["value"],
            MASK
        );
    }
}
