//! moto, which plays AWS over real HTTP, and boto3 to set it up and to look at it.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{World, root, skip};

/// The region that everything is in.
pub const REGION: &str = "eu-west-1";

/// A moto server.
pub struct Moto {
    url: String,
    python: OsString,
    own: Option<Own>,
}

/// A server that a test started for itself; it ends with the test.
struct Own {
    process: Child,
    folder: tempfile::TempDir,
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _ended_already = self.process.wait();
    }
}

/// A call with boto3: `call("ecs", "create_cluster", json!({…}))`.
pub fn call(service: &str, call: &str, with: Value) -> Value {
    json!({ "service": service, "call": call, "with": with })
}

/// The same in another region than [`REGION`].
pub fn call_in(region: &str, service: &str, call: &str, with: Value) -> Value {
    json!({ "service": service, "call": call, "with": with, "region": region })
}

/// What came back from one call.
#[derive(Debug, Clone)]
pub struct Told(Value);

impl Told {
    /// The answer of a call that must have worked.
    pub fn ok(&self) -> &Value {
        self.0
            .get("answer")
            .unwrap_or_else(|| panic!("refused: {}", self.0))
    }

    /// The code of a refusal, if it was one.
    pub fn error(&self) -> Option<&str> {
        self.0.get("error").and_then(Value::as_str)
    }
}

fn python() -> Option<OsString> {
    let python = std::env::var_os("ACETATE_TEST_PYTHON");
    if python.is_none() {
        skip(
            "moto: ACETATE_TEST_PYTHON names no Python that has moto and boto3 (tests/run sets it)",
            false,
        );
    }
    python
}

impl Moto {
    /// The server that `tests/run` started, which all tests share: names must be a test's own.
    /// `None`, said aloud, where there is none.
    pub fn shared() -> Option<Self> {
        let python = python()?;
        let Ok(url) = std::env::var("ACETATE_TEST_MOTO") else {
            skip(
                "moto: ACETATE_TEST_MOTO names no server (tests/run sets it)",
                false,
            );
            return None;
        };
        Some(Self {
            url,
            python,
            own: None,
        })
    }

    /// A server of the test's own, which keeps a record of all requests.
    pub fn own() -> Option<Self> {
        let python = python()?;
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut process = Command::new(&python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])
            .current_dir(folder.path())
            .env("MOTO_ENABLE_RECORDING", "1")
            .env("MOTO_RECORDER_FILEPATH", folder.path().join("record"))
            // As many tasks as the services want: the most tempting false success.
            .env("MOTO_ECS_SERVICE_RUNNING", "2")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut said = BufReader::new(process.stderr.take().expect("stderr is piped")).lines();
        let url = said.by_ref().find_map(|line| {
            let line = line.expect("it says UTF-8");
            let (_, url) = line.split_once("Running on ")?;
            Some(url.trim().to_owned())
        });
        // A full pipe would stop it.
        std::thread::spawn(move || said.for_each(drop));
        Some(Self {
            url: url.expect("moto says where it listens"),
            python,
            own: Some(Own { process, folder }),
        })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder in which acetate talks to this server.
    pub fn world(&self) -> World {
        World::new()
            .variable("AWS_ENDPOINT_URL", &self.url)
            .variable("AWS_REGION", REGION)
    }

    /// Makes the calls, in order, with one Python.
    pub fn calls(&self, calls: &[Value]) -> Vec<Told> {
        let told = self.script("boto.py", &[&self.url], &Value::from(calls));
        let Value::Array(told) = told else {
            panic!("a list of answers")
        };
        assert_eq!(told.len(), calls.len());
        told.into_iter().map(Told).collect()
    }

    /// Makes one call that must work.
    pub fn ok(&self, service: &str, operation: &str, with: Value) -> Value {
        self.calls(&[call(service, operation, with)])[0]
            .ok()
            .clone()
    }

    /// The task definition of this family or revision, and its tags, as boto3 describes it.
    pub fn described(&self, reference: &str) -> Value {
        self.ok(
            "ecs",
            "describe_task_definition",
            json!({ "taskDefinition": reference, "include": ["TAGS"] }),
        )
    }

    /// Runs a script of `support/` with JSON in and out.
    pub fn script(&self, name: &str, arguments: &[&str], input: &Value) -> Value {
        let mut script = Command::new(&self.python)
            .arg(root().join("tests/it/support").join(name))
            .args(arguments)
            .env_remove("AWS_PROFILE")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_ACCESS_KEY_ID", "practice")
            .env("AWS_SECRET_ACCESS_KEY", "practice")
            .env("AWS_DEFAULT_REGION", REGION)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut stdin = script.stdin.take().expect("stdin is piped");
        stdin
            .write_all(input.to_string().as_bytes())
            .expect("the script reads");
        drop(stdin);
        let told = script.wait_with_output().expect("the script ends");
        assert!(told.status.success(), "{name} failed");
        serde_json::from_slice(&told.stdout).expect("the script writes JSON")
    }

    /// The operations (`RegisterTaskDefinition`) that a server of the test's own was asked for,
    /// in order.
    pub fn recorded(&self) -> Vec<String> {
        let own = self
            .own
            .as_ref()
            .expect("only a server of the test's own keeps a record");
        let record = std::fs::read_to_string(own.folder.path().join("record")).unwrap_or_default();
        let operation = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("the record is JSON");
            let target = line["headers"]["X-Amz-Target"].as_str()?;
            target.rsplit('.').next().map(str::to_owned)
        };
        record.lines().filter_map(operation).collect()
    }
}
