//! The world that the endpoint plays: what exists at the start, and what will happen.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::clock::ClockKind;
use super::fault::Fault;
use super::surroundings::KnownRole;
use crate::error::{Error, ErrorKind};

/// What exists when the endpoint starts and what will happen, read from TOML or JSON. Unknown
/// members are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    expecting = "a table of what exists and what will happen",
    rename_all = "kebab-case",
    deny_unknown_fields,
    default
)]
pub struct World {
    /// AWS account of everything here, 12 digits.
    pub account: String,
    /// AWS region of everything here.
    pub region: String,
    /// Decides every id and every duration.
    pub seed: u64,
    /// What moves the world's time.
    pub clock: ClockKind,
    /// World seconds in a real second, for the real clock.
    pub speed: f64,
    /// World seconds that a look moves the clock, for the clock `looks`.
    pub look_seconds: f64,
    /// Unix seconds at which the world begins; now where there is none.
    pub epoch: Option<f64>,
    /// Real milliseconds that each answer takes at least.
    pub latency_ms: u64,
    /// Real seconds that credentials of an assumed role last; for ever where there is none.
    pub session_seconds: Option<f64>,
    /// Refuse calls of the ECS API that come faster than AWS allows, in world seconds.
    pub limits: bool,
    /// World seconds until a new service deployment is listed by ListServiceDeployments.
    pub list_lag: f64,
    /// Give environment and secrets back in another order, as ECS may.
    pub reorder: bool,
    /// Clusters; those that services name exist without being named here.
    pub clusters: Vec<String>,
    /// Task definitions, registered in this order and unchecked.
    pub task_definitions: Vec<KnownDefinition>,
    /// Services.
    pub services: Vec<KnownService>,
    /// What the next one-off tasks do; they exit with 0 when the list is at its end.
    pub runs: Vec<RunScript>,
    /// SSM parameters by name.
    pub parameters: BTreeMap<String, KnownParameter>,
    /// Secrets Manager secrets by name.
    pub secrets: BTreeMap<String, KnownSecret>,
    /// S3 objects: `bucket/key` to content.
    pub objects: BTreeMap<String, String>,
    /// Log groups that exist; those that containers log to where this names none.
    pub log_groups: Option<Vec<String>>,
    /// Roles by name; where there is no such table, each that is asked for is there.
    pub roles: Option<BTreeMap<String, KnownRole>>,
    /// Images in ECR, `repository:tag` or `repository@digest`, and their platforms; where there is
    /// no such table, each that is asked for is there.
    pub images: Option<BTreeMap<String, Vec<String>>>,
    /// Managed daemons, `cluster/name`: no services to DescribeServices.
    pub daemons: Vec<String>,
    /// Beginnings of repositories that ECR fills from elsewhere.
    pub pull_through: Vec<String>,
    /// Schedules of EventBridge Scheduler: `group/name` to its target.
    pub schedules: BTreeMap<String, Value>,
    /// Rules of EventBridge: `bus/name` to its targets.
    pub rules: BTreeMap<String, Vec<Value>>,
    /// Faults of the wire.
    pub faults: Vec<Fault>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            seed: 1,
            clock: ClockKind::Real,
            speed: 10.0,
            look_seconds: 5.0,
            epoch: None,
            latency_ms: 0,
            session_seconds: None,
            limits: false,
            list_lag: 3.0,
            reorder: false,
            clusters: Vec::new(),
            task_definitions: Vec::new(),
            services: Vec::new(),
            runs: Vec::new(),
            parameters: BTreeMap::new(),
            secrets: BTreeMap::new(),
            objects: BTreeMap::new(),
            roles: None,
            log_groups: None,
            images: None,
            daemons: Vec::new(),
            pull_through: Vec::new(),
            schedules: BTreeMap::new(),
            rules: BTreeMap::new(),
            faults: Vec::new(),
        }
    }
}

/// A task definition that exists at the start.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(
    expecting = "a table such as `{ file = 'template.json' }`",
    rename_all = "kebab-case",
    deny_unknown_fields,
    default
)]
pub struct KnownDefinition {
    /// Overrides the family that the document names.
    pub family: Option<String>,
    /// Its revision; the family's next where there is none.
    pub revision: Option<i64>,
    /// The document, in the shape that RegisterTaskDefinition takes.
    pub definition: Option<Value>,
    /// A JSON file with the document, at or below the world file's folder.
    pub file: Option<String>,
    /// It was deregistered.
    pub inactive: bool,
}

/// A service that exists at the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    expecting = "a table with `name` and `task-definition`",
    rename_all = "kebab-case",
    deny_unknown_fields,
    default
)]
pub struct KnownService {
    /// Service name.
    pub name: String,
    /// Cluster name.
    pub cluster: String,
    /// Family, `family:revision` or ARN.
    pub task_definition: String,
    /// Number of tasks wanted.
    pub desired: i64,
    /// The deployment circuit breaker is on.
    pub circuit_breaker: bool,
    /// The circuit breaker rolls back.
    pub rollback: bool,
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR` or `CANARY`.
    pub strategy: String,
    /// `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    pub controller: String,
    /// `REPLICA` or `DAEMON`.
    pub scheduling: String,
    /// `FARGATE` or `EC2`.
    pub launch_type: String,
    /// Lifecycle stages at which a PAUSE hook waits for ContinueServiceDeployment.
    pub pause_at: Vec<String>,
    /// What the deployment that the service starts with did; `ok` is long done.
    pub initial: Outcome,
    /// What the next deployments do, one after the other; `ok` when the list is at its end.
    pub outcome: Vec<Outcome>,
    /// Lines that the first essential container of each of its tasks writes when it starts.
    pub log: Vec<String>,
    /// Further members of the service as ECS describes it (`loadBalancers`, `tags` …).
    pub members: Value,
}

impl Default for KnownService {
    fn default() -> Self {
        Self {
            name: String::new(),
            cluster: "default".to_owned(),
            task_definition: String::new(),
            desired: 1,
            circuit_breaker: false,
            rollback: false,
            strategy: "ROLLING".to_owned(),
            controller: "ECS".to_owned(),
            scheduling: "REPLICA".to_owned(),
            launch_type: "FARGATE".to_owned(),
            pause_at: Vec::new(),
            initial: Outcome::Ok,
            outcome: Vec::new(),
            log: Vec::new(),
            members: json!({}),
        }
    }
}

/// How a deployment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its tasks run, the old ones stop, it is completed.
    #[default]
    Ok,
    /// An essential container exits with 1; what follows is the circuit breaker's.
    Crash,
    /// The image cannot be pulled.
    CannotPull,
    /// A secret cannot be fetched.
    SecretMissing,
    /// Containers fail their health check.
    Unhealthy,
    /// In progress for ever: tasks come and go, none counts as failed.
    Stuck,
    /// Tasks fail and the circuit breaker rolls back, whatever the service's settings are.
    RolledBack,
    /// Tasks fail, the rollback is tried and fails.
    RollbackFailed,
    /// Tasks fail and the deployment ends as FAILED, with no rollback.
    Failed,
    /// Reported as completed though no task runs.
    CompletedWithNothingRunning,
    /// Someone else deploys another revision in the middle.
    Superseded,
    /// Fails for ever, circuit breaker or not, as a first deployment with a placeholder image.
    Placeholder,
    /// The service takes the new task definition, but its deployment stays the old one's,
    /// COMPLETED, and no service deployment starts.
    PrimaryOther,
    /// Someone stops it and leaves the service as it is.
    Stopped,
    /// Someone stops it, and the service is back on the revision before.
    StoppedBack,
}

/// What a one-off task does.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(
    expecting = "a table such as `{ exit = 1 }`",
    rename_all = "kebab-case",
    deny_unknown_fields,
    default
)]
pub struct RunScript {
    /// Exit code of its essential containers; 0 where there is none and nothing else is said.
    pub exit: Option<i64>,
    /// World seconds that it runs.
    pub seconds: Option<f64>,
    /// It runs for ever.
    pub stuck: bool,
    /// It never starts, for this reason: stopped, without exit code.
    pub reason: Option<String>,
    /// It stops after having run, but no exit code is known.
    pub no_exit_code: bool,
    /// Lines that its first essential container writes, spread over the time that it runs.
    pub log: Vec<String>,
    /// RunTask answers 200 with this failure and no task.
    pub failure: Option<String>,
}

/// An SSM parameter. A plain string stands for one of type `String`.
#[derive(Debug, Clone, Deserialize)]
#[serde(expecting = "text, or `{ type = …, value = … }`", untagged)]
pub enum KnownParameter {
    /// Type `String`.
    Plain(String),
    /// Any type.
    Typed(TypedParameter),
}

/// An SSM parameter with its type.
#[derive(Debug, Clone, Deserialize)]
#[serde(expecting = "a table with `type` and `value`", deny_unknown_fields)]
pub struct TypedParameter {
    /// `String`, `StringList` or `SecureString`.
    #[serde(rename = "type", default = "plain_type")]
    pub kind: String,
    /// Its value.
    pub value: String,
}

fn plain_type() -> String {
    "String".to_owned()
}

/// A secret. A plain string is its value.
#[derive(Debug, Clone, Deserialize)]
#[serde(expecting = "text, or `{ json = { … } }`", untagged)]
pub enum KnownSecret {
    /// The secret string itself.
    Plain(String),
    /// Keys and values, kept as a JSON object.
    Json {
        /// The object.
        json: BTreeMap<String, Value>,
    },
}

impl World {
    /// Reads a world from text: JSON where `name` ends in `.json`, else TOML.
    ///
    /// # Errors
    /// Input, with the place, where the text does not have the world's shape.
    pub fn parse(text: &str, name: &str) -> Result<Self, Error> {
        let read = if Path::new(name).extension().is_some_and(|e| e == "json") {
            serde_json::from_str(text).map_err(|e| e.to_string())
        } else {
            toml::from_str(text).map_err(|e| e.to_string())
        };
        let world: Self =
            read.map_err(|e| input(format!("bad world `{name}`: {}", e.trim_end())))?;
        world.checked(name)
    }

    /// Reads a world file and the task definition files that it names.
    ///
    /// # Errors
    /// Input, where a file cannot be read or does not have its shape.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let shown = path.display();
        let folder = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let name = path
            .file_name()
            .ok_or_else(|| input(format!("`{shown}` names no file")))?;
        let folder = cap_std::fs::Dir::open_ambient_dir(folder, cap_std::ambient_authority())
            .map_err(|e| input(format!("cannot open the folder of `{shown}`: {e}")))?;
        let text = folder
            .read_to_string(name)
            .map_err(|e| input(format!("cannot read `{shown}`: {e}")))?;
        let mut world = Self::parse(&text, &name.to_string_lossy())?;
        for known in &mut world.task_definitions {
            if let Some(file) = known.file.take() {
                let text = folder
                    .read_to_string(&file)
                    .map_err(|e| input(format!("cannot read `{file}`: {e}")))?;
                let document = serde_json::from_str(&text)
                    .map_err(|e| input(format!("bad JSON in `{file}`: {e}")))?;
                known.definition = Some(document);
            }
        }
        Ok(world)
    }

    /// The world as it is, if it can be played.
    fn checked(self, name: &str) -> Result<Self, Error> {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        if !positive(self.speed) || !positive(self.look_seconds) {
            return Err(input(format!(
                "bad world `{name}`: `speed` and `look-seconds` must be above 0"
            )));
        }
        if self
            .services
            .iter()
            .any(|s| s.name.is_empty() || s.task_definition.is_empty())
        {
            return Err(input(format!(
                "bad world `{name}`: each service needs `name` and `task-definition`"
            )));
        }
        Ok(self)
    }

    /// The world that `acetate local` plays where none is given: a cluster `prod` with a service
    /// `web` that infrastructure code made on the family `web-template`, a few parameters and a
    /// secret.
    #[must_use]
    pub fn practice() -> Self {
        let text = include_str!("practice.toml");
        Self::parse(text, "practice.toml")
            .expect("invariant: the practice world in the tree parses, see its test")
    }
}

fn input(message: String) -> Error {
    Error::new(ErrorKind::Input, message)
}

#[cfg(test)]
mod tests {
    use super::{KnownParameter, Outcome, World};

    #[test]
    fn the_practice_world_parses() {
        let world = World::practice();
        assert_eq!(world.services[0].name, "web");
        assert!(
            world
                .task_definitions
                .iter()
                .all(|d| d.definition.is_some())
        );
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let toml = World::parse(
            "speed = 5\n[[services]]\nname = \"w\"\ntask-definition = \"w:1\"\noutcome = [\"cannot-pull\"]\n[parameters]\n\"/a\" = \"1\"",
            "w.toml",
        )
        .unwrap();
        let json = World::parse(
            r#"{"speed":5,"services":[{"name":"w","task-definition":"w:1","outcome":["cannot-pull"]}],"parameters":{"/a":"1"}}"#,
            "w.json",
        )
        .unwrap();
        for world in [toml, json] {
            assert_eq!(world.services[0].outcome, [Outcome::CannotPull]);
            assert!(matches!(&world.parameters["/a"], KnownParameter::Plain(v) if v == "1"));
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in [
            "sped = 1",
            "speed = 0",
            "[[services]]\nname = \"w\"",
            "[[services]]\noutcome = [\"fine\"]",
        ] {
            assert!(World::parse(text, "w.toml").is_err(), "{text}");
        }
        let told = World::parse("\nsped = 1", "w.toml")
            .unwrap_err()
            .to_string();
        assert!(told.contains("sped") && told.contains("line 2"), "{told}");
    }

    #[test]
    fn what_is_bad_is_told_in_the_words_of_the_file() {
        for (text, told) in [
            ("runs = [3]", "expected a table such as `{ exit = 1 }`"),
            ("services = [3]", "expected a table with `name`"),
            ("task-definitions = [3]", "expected a table such as"),
            ("faults = [3]", "expected a table with `kind`"),
            ("parameters = { a = 3 }", "text, or `{ type = …"),
            ("secrets = { a = 3 }", "text, or `{ json = "),
            ("roles = { a = 3 }", "expected a table such as"),
        ] {
            let error = World::parse(text, "w.toml").unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
            for word in ["struct", "enum", "KnownP", "RunScript"] {
                assert!(!error.contains(word), "{error}");
            }
        }
    }

    #[test]
    fn task_definitions_come_from_files_beside_the_world() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.json"), r#"{"family":"t"}"#).unwrap();
        std::fs::write(
            folder.path().join("w.toml"),
            "[[task-definitions]]\nfile = \"t.json\"",
        )
        .unwrap();
        let world = World::read(&folder.path().join("w.toml")).unwrap();
        assert_eq!(
            world.task_definitions[0].definition.as_ref().unwrap()["family"],
            "t"
        );
        assert!(World::read(&folder.path().join("none.toml")).is_err());
    }
}
