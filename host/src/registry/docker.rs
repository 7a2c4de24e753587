//! Docker's credential helpers: programs that keep credentials, or make them, as ECR's does. They
//! are run for registries that the configuration names, never for those that a plugin asks about.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use super::credentials::{Credentials, configuration, host_of, of};

/// How long a helper may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Bytes that it may say.
const MOST: u64 = 64 << 10;
/// What docker calls a user name that is none: the secret is then a token of another kind.
const NO_NAME: &str = "<token>";

/// What docker keeps for a registry: by its helper, or else in its file.
#[must_use]
pub fn of_docker_and_helpers(registry: &str) -> Option<Credentials> {
    let config = configuration()?;
    let helped = helper(&config, registry).and_then(|name| ask(&name, registry));
    helped.or_else(|| of(&config, registry))
}

/// The helper for a registry.
fn helper(config: &Value, registry: &str) -> Option<String> {
    let own = config.get("credHelpers").and_then(Value::as_object);
    let own = own.and_then(|all| all.iter().find(|(name, _)| host_of(name) == registry));
    let name = match own {
        Some((_, name)) => name.as_str()?,
        None => config.get("credsStore")?.as_str()?,
    };
    // It becomes the name of a program.
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

/// Asks a helper, by [its protocol](https://github.com/docker/docker-credential-helpers).
fn ask(name: &str, registry: &str) -> Option<Credentials> {
    let mut helper = Command::new(format!("docker-credential-{name}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let asked = match registry {
        "docker.io" => "https://index.docker.io/v1/",
        host => host,
    };
    let mut stdin = helper.stdin.take()?;
    let stdout = helper.stdout.take()?;
    let _it_may_have_ended = stdin.write_all(format!("{asked}\n").as_bytes());
    drop(stdin);
    let (said, hear) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.take(MOST).read_to_string(&mut text);
        let _nobody_may_listen = said.send(read.map(|_| text));
    });
    let text = hear.recv_timeout(PATIENCE);
    if text.is_err() {
        let _it_may_have_ended = helper.kill();
    }
    let ended = helper.wait().ok()?;
    let text = text.ok()?.ok().filter(|_| ended.success())?;
    answered(&text)
}

fn answered(text: &str) -> Option<Credentials> {
    let said: Value = serde_json::from_str(text).ok()?;
    let text = |name: &str| said.get(name)?.as_str().filter(|text| !text.is_empty());
    let (username, password) = (text("Username")?, text("Secret")?);
    (username != NO_NAME).then(|| Credentials {
        username: username.to_owned(),
        password: password.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_registrys_own_helper_goes_before_the_store() {
        let config = json!({
            "credHelpers": { "https://1.dkr.ecr.eu-west-1.amazonaws.com/": "ecr-login", "odd.io": "../evil", "none.io": "" },
            "credsStore": "desktop",
        });
        let of = |registry: &str| helper(&config, registry);
        assert_eq!(
            of("1.dkr.ecr.eu-west-1.amazonaws.com"),
            Some("ecr-login".into())
        );
        assert_eq!(of("ghcr.io"), Some("desktop".into()));
        assert_eq!(of("odd.io"), None);
        assert_eq!(of("none.io"), None);
        assert_eq!(helper(&json!({}), "ghcr.io"), None);
    }

    #[test]
    fn an_answer_is_a_name_and_a_secret() {
        let pair = |text: &str| answered(text).map(|c| (c.username, c.password));
        let good = r#"{"ServerURL":"x","Username":"AWS","Secret":"s"}"#;
        assert_eq!(pair(good), Some(("AWS".into(), "s".into())));
        for bad in [
            "",
            "credentials not found",
            r#"{"Username":"<token>","Secret":"s"}"#,
            r#"{"Username":"","Secret":"s"}"#,
        ] {
            assert_eq!(pair(bad), None, "{bad}");
        }
    }
}
