//! The one error of the rim and the wiring: a kind, a cause, and the way out.

use std::fmt;

/// What went wrong, as far as whoever called acetate must decide on it. The kind decides the
/// exit code; the codes are stable and documented in `acetate help exit-codes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// Bad configuration, input, template or plugin; nothing was changed (exit 1).
    Input,
    /// Bad command line (exit 2).
    Usage,
    /// Differences, or a service that is not fresh and steady, where the caller asked for a code (exit 3).
    Differs,
    /// Differences, where the caller asked for Terraform's codes (exit 2).
    DiffersAsTerraform,
    /// Refused, nothing was changed: ownership, conflict, grant, policy, account guard, the world
    /// moved, someone else's deployment in progress (exit 4).
    Refused,
    /// `validate` or `verify` found faults (exit 5).
    Faults,
    /// The deployment failed and the service is back on the revision before (exit 6).
    RolledBack,
    /// The deployment failed and the service is not known to be back (exit 7).
    Failed,
    /// Time ran out, or sight of it was lost; the deployment goes on (exit 8).
    LostSight,
    /// Another deployment took over after ours was accepted (exit 9).
    Superseded,
    /// AWS refused: credentials, permission, throttled to the end; nothing was changed (exit 10).
    AwsRefused,
    /// AWS refused, and something was or may have been changed (exit 11).
    AwsRefusedAfterChange,
    /// A `before` task failed; the service is untouched (exit 12).
    BeforeFailed,
    /// A bug in acetate (exit 70).
    Bug,
    /// `run` has no exit code of the container to pass on (exit 125).
    NoExitCode,
    /// Ended by Ctrl-C (exit 130).
    Interrupted,
    /// Ended by SIGTERM (exit 143).
    Terminated,
}

impl ErrorKind {
    /// Whether a signal ended the run.
    #[must_use]
    pub const fn is_signal(self) -> bool {
        matches!(self, Self::Interrupted | Self::Terminated)
    }

    /// The process exit code of this kind.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Input => 1,
            Self::Usage | Self::DiffersAsTerraform => 2,
            Self::Differs => 3,
            Self::Refused => 4,
            Self::Faults => 5,
            Self::RolledBack => 6,
            Self::Failed => 7,
            Self::LostSight => 8,
            Self::Superseded => 9,
            Self::AwsRefused => 10,
            Self::AwsRefusedAfterChange => 11,
            Self::BeforeFailed => 12,
            Self::Bug => 70,
            Self::NoExitCode => 125,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl ErrorKind {
    /// How bad it is among the ends of several services: by the exit code, but a service that is
    /// untouched is better off than one that was deployed badly.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            // Between 5 and 6.
            Self::BeforeFailed => 11,
            other => other.exit_code().saturating_mul(2),
        }
    }
}

/// An error as the user sees it. Messages are lowercase fragments with values in backticks; the
/// causes are told by the chain of sources and never repeated in the text; what to do about it
/// is a hint.
#[derive(Debug)]
pub struct Error {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// The cause; its `source` chain is printed as "caused by".
    pub source: Box<dyn std::error::Error + Send + Sync>,
    /// Ways out, one sentence each.
    pub hints: Vec<String>,
}

impl Error {
    /// An error of this kind from a message or another error.
    pub fn new(
        kind: ErrorKind,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: source.into(),
            hints: Vec::new(),
        }
    }

    /// Adds a way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}

/// A file of the user's that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read `{file}`")]
pub struct Unread {
    /// As it was named.
    pub file: String,
    /// Why.
    pub source: std::io::Error,
}

/// A file of the user's that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write `{file}`")]
pub struct Unwritten {
    /// As it was named.
    pub file: String,
    /// Why.
    pub source: std::io::Error,
}
