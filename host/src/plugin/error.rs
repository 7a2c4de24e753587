//! What goes wrong with a plugin, with all that its author or user needs to mend it.

use std::fmt::Write as _;

use crate::edit::Failure;
use crate::error::{Error, ErrorKind};
use crate::event::{Diagnostic, Severity};
use crate::store::CompileError;

pub use super::apart::ApartFault;
use super::limits::{self, Exceeded};
use super::schema::ConfigFault;
use super::words::{self, marked};

/// Why a plugin could not be loaded or run, or gave up.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// There is no built-in plugin of this name.
    #[error("there is no built-in plugin `{0}`")]
    NoBuiltin(String),
    /// The file cannot be read.
    #[error("plugin `{plugin}` cannot be read")]
    Unreadable {
        /// Its path.
        plugin: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not a component, or none that this host takes.
    #[error("`{plugin}` is no plugin: {}", marked(.message))]
    NotAPlugin {
        /// How it was named.
        plugin: String,
        /// What it lacks, or has too much.
        message: String,
    },
    /// It is not the component that is locked.
    #[error(
        "plugin `{plugin}` is not what is locked: it is sha256:{is}, and acetate.lock says sha256:{locked}"
    )]
    NotLocked {
        /// How it was named.
        plugin: String,
        /// The digest that it has to have, in hexadecimal.
        locked: String,
        /// The digest that it has.
        is: String,
    },
    /// It could not be compiled.
    #[error("plugin `{plugin}` cannot be compiled")]
    Compile {
        /// How it was named.
        plugin: String,
        /// Why.
        source: CompileError,
    },
    /// The process that runs it did not do what it is for.
    #[error("the process that runs plugin `{plugin}` {fault}")]
    Apart {
        /// Its name, version and the start of its digest.
        plugin: String,
        /// What it did.
        fault: ApartFault,
    },
    /// Made for an interface that this host does not serve.
    #[error("plugin `{plugin}` needs {}, which acetate {host} does not serve", words::name(.needs))]
    NotServed {
        /// Its name, with its version.
        plugin: String,
        /// What it needs.
        needs: String,
        /// The version of this host.
        host: &'static str,
    },
    /// The manifest cannot be understood.
    #[error("the manifest of plugin `{plugin}`: {}", marked(.message))]
    Manifest {
        /// How it was named.
        plugin: String,
        /// What is wrong.
        message: String,
    },
    /// The configuration is not what the manifest's schema asks for.
    #[error("{}", config_text(.entry, .faults))]
    Config {
        /// The entry.
        entry: String,
        /// Everything that is wrong.
        faults: Vec<ConfigFault>,
    },
    /// The plugin ran into a limit.
    #[error("plugin `{plugin}` {exceeded}{told}")]
    Limit {
        /// Its name, version and the start of its digest.
        plugin: String,
        /// Which.
        exceeded: Exceeded,
        /// Its last words, and where it was.
        told: Box<Told>,
    },
    /// The plugin trapped.
    #[error("plugin `{plugin}` crashed: {}{told}", marked(.trap))]
    Trap {
        /// Its name, version and the start of its digest.
        plugin: String,
        /// What kind of trap.
        trap: String,
        /// Its last words, and where it was.
        told: Box<Told>,
    },
    /// The plugin gave up by returning a failure.
    #[error("`{entry}` gave up: {}{}", marked(&.failure.message), place(.failure.address.as_deref()))]
    GaveUp {
        /// The entry.
        entry: String,
        /// Its reason.
        failure: Box<Failure>,
        /// Whether it is a policy.
        policy: bool,
    },
    /// The plugin reported errors, and nothing of its edits was taken over.
    #[error("{}", reported_text(.entry, .diagnostics))]
    Reported {
        /// The entry.
        entry: String,
        /// All that it reported, warnings included.
        diagnostics: Vec<Diagnostic>,
        /// Whether it is a policy.
        policy: bool,
    },
}

/// What a plugin said last, and the functions it was in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The last messages that it traced or reported: a panic's text, if it tells it.
    pub last_words: Vec<String>,
    /// Its last call that edits, shortened, and which one that was, from 1.
    pub last_edit: Option<(u64, String)>,
    /// Its last call of the host, shortened, where that was no edit.
    pub last_call: Option<String>,
    /// The backtrace with function names, innermost first.
    pub backtrace: Vec<String>,
    /// Its memory, where it was asked for.
    pub coredump: Option<Coredump>,
}

/// The memory of a plugin at its crash, in the format of WebAssembly's tool conventions. It holds
/// what the plugin was told, so nothing of it is ever printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Coredump(pub Vec<u8>);

impl std::fmt::Debug for Coredump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Coredump({} bytes)", self.0.len())
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for words in &self.last_words {
            write!(f, "\n  it said: {}", marked(words))?;
        }
        if let Some((number, edit)) = &self.last_edit {
            write!(f, "\n  its last edit, number {number}: {}", marked(edit))?;
        }
        if let Some(call) = &self.last_call {
            write!(f, "\n  its last call of the host: {}", marked(call))?;
        }
        self.backtrace
            .iter()
            .try_for_each(|frame| write!(f, "\n  in {}", words::name(frame)))
    }
}

impl From<PluginError> for Error {
    fn from(error: PluginError) -> Self {
        let (kind, hints) = match &error {
            PluginError::GaveUp {
                failure, policy, ..
            } => {
                let refused = ["conflict", "not-allowed", "not-granted", "not-declared"];
                let is_refused = refused.contains(&failure.code.as_str());
                let kind = if *policy || is_refused {
                    ErrorKind::Refused
                } else {
                    ErrorKind::Input
                };
                (kind, failure.hint.clone().into_iter().collect())
            }
            PluginError::Reported {
                diagnostics,
                policy,
                ..
            } => {
                let kind = if *policy {
                    ErrorKind::Refused
                } else {
                    ErrorKind::Input
                };
                let hints = diagnostics.iter().filter(|d| d.severity == Severity::Error);
                (
                    kind,
                    hints
                        .filter_map(|diagnostic| diagnostic.hint.clone())
                        .collect(),
                )
            }
            PluginError::NotLocked { plugin, .. } => (
                ErrorKind::Refused,
                vec![match plugin.starts_with("oci:") {
                    true => "`acetate plugin pull` fetches it again".to_owned(),
                    false => "if it is the one that is meant, `acetate plugin update` locks it"
                        .to_owned(),
                }],
            ),
            PluginError::NotServed { .. } => (
                ErrorKind::Input,
                vec!["use an acetate and a plugin of one interface version".to_owned()],
            ),
            PluginError::Limit { exceeded, .. } => {
                (ErrorKind::Input, exceeded.way_out().into_iter().collect())
            }
            PluginError::Compile {
                source: CompileError::Limit { limit, .. },
                ..
            } => (
                ErrorKind::Input,
                limits::more_of(limit).into_iter().collect(),
            ),
            _ => (ErrorKind::Input, Vec::new()),
        };
        Self {
            kind,
            source: Box::new(error),
            hints,
        }
    }
}

fn place(address: Option<&str>) -> String {
    address.map_or_else(String::new, |address| {
        format!(" (`{}`)", words::name(address))
    })
}

fn config_text(entry: &str, faults: &[ConfigFault]) -> String {
    let mut text = format!("the configuration of `{entry}` is not what its plugin takes");
    for fault in faults {
        let (key, message) = (words::name(&fault.key()), marked(&fault.message));
        let _ = write!(text, "\n  `{key}`: {message}");
        if let Some(hint) = &fault.hint {
            let _ = write!(text, "; {}", marked(hint));
        }
    }
    text
}

fn reported_text(entry: &str, diagnostics: &[Diagnostic]) -> String {
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect();
    let many = if errors.len() == 1 {
        "an error"
    } else {
        "errors"
    };
    let mut text = format!("`{entry}` reported {many}");
    for error in errors {
        let _ = write!(
            text,
            "\n  {}{}",
            marked(&error.message),
            place(error.address.as_deref())
        );
    }
    text
}
