//! Runs the real binary in a temporary folder with a clean environment.

/// moto, and boto3 to talk to it.
pub mod boto;
/// From a plugin's source to its component.
pub mod component;
/// Runs the console blocks of a page.
pub mod console;
/// Components that behave well or badly on purpose.
pub mod guests;
/// A small project, the same for every verb's test.
pub mod project;
/// A server before moto that answers some calls itself.
pub mod proxy;
/// Calls of infrastructure code.
pub mod wire;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("host/ lies in the root")
        .to_owned()
}

/// Says aloud that a test did not run. In CI that is a failure, but for what is not part of the
/// project (`optional`).
#[expect(clippy::print_stdout, reason = "a skip is said aloud")]
pub fn skip(what: &str, optional: bool) {
    println!("SKIPPED: {what}");
    assert!(
        optional || std::env::var("CI").as_deref() != Ok("true"),
        "a skip is a failure with CI=true: {what}"
    );
}

/// The most memory that a process had so far, in bytes: 0 once it has ended. By its number, or
/// `self`.
pub fn peak_memory(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    kibibytes.unwrap_or(0_u64) * 1024
}

/// A folder with files, and an environment that holds nothing but what the test gives.
pub struct World {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl World {
    /// An empty folder; practice credentials, so that no test ever asks this machine for its own.
    pub fn new() -> Self {
        let variables = [
            ("AWS_ACCESS_KEY_ID", "practice"),
            ("AWS_SECRET_ACCESS_KEY", "practice"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("COLUMNS", "100"),
        ];
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            variables: variables
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .to_vec(),
        }
    }

    /// The same without credentials: where they come from is the test's business.
    pub fn bare() -> Self {
        let mut world = Self::new();
        world
            .variables
            .retain(|(name, _)| !name.contains("ACCESS_KEY"));
        world
    }

    /// Adds a file; folders on its way are made.
    pub fn file(self, path: &str, text: &str) -> Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("folders can be made");
        std::fs::write(path, text).expect("the file can be written");
        self
    }

    /// Adds a variable to the environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Copies a folder of the project into this one.
    pub fn copy(self, from: &str) -> Self {
        fn copy(from: &Path, to: &Path) {
            std::fs::create_dir_all(to).expect("folders can be made");
            for entry in std::fs::read_dir(from).expect("the folder is there") {
                let entry = entry.expect("the folder can be read");
                let target = to.join(entry.file_name());
                if entry.path().is_dir() {
                    copy(&entry.path(), &target);
                } else {
                    std::fs::copy(entry.path(), target).expect("the file can be copied");
                }
            }
        }
        copy(&root().join(from), self.path());
        self
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The environment that runs get.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads a file of the folder.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).expect("the file is there")
    }

    /// The binary with these arguments, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acetate"));
        command.args(arguments).current_dir(self.path()).env_clear();
        command
            .env("HOME", self.path())
            .envs(self.variables.iter().map(|(k, v)| (k, v)));
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().expect("the binary starts");
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("output is UTF-8");
            text.replace(&self.path().display().to_string(), "[FOLDER]")
        };
        Ran {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// What a run printed and how it ended. As text: a transcript.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// Exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

impl Ran {
    /// Fails the test unless the exit code is this one.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not JSON: {error}\n{self}"))
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(f, "------- stderr -------\n{}", self.stderr)?;
        }
        match self.code {
            Some(0) => Ok(()),
            Some(code) => writeln!(f, "[exit code {code}]"),
            None => writeln!(f, "[ended by a signal]"),
        }
    }
}
