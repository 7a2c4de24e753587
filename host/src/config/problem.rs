//! What is wrong with a configuration: where, what, and the way out.

use std::fmt;

use crate::event::{Diagnostic, Severity};

/// A place in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Line, from 1; none for what is missing or came from the command line.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Full dotted key, as `environments.prod.account`; empty where there is none.
    pub key: String,
}

/// One thing that is wrong with a configuration, with its inputs, or with what was selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Name of the file as it was given, or `command line`.
    pub file: String,
    /// Line, from 1; none for what is missing or came from the command line.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Full dotted key, as `environments.prod.account`; empty where there is none.
    pub key: String,
    /// One lowercase fragment.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
}

/// `file:line:column: message`, without the hint.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)?;
        match self.key.as_str() {
            "" => Ok(()),
            key if self.message.contains(&format!("`{key}`")) => Ok(()),
            key => write!(f, " (key `{key}`)"),
        }
    }
}

impl std::error::Error for Problem {}

impl From<&Problem> for Diagnostic {
    fn from(problem: &Problem) -> Self {
        Self {
            severity: Severity::Error,
            code: "configuration".to_owned(),
            message: problem.to_string(),
            address: None,
            source: "acetate".to_owned(),
            hint: problem.hint.clone(),
        }
    }
}

/// Problems of one file, collected.
#[derive(Debug)]
pub struct Findings {
    file: String,
    list: Vec<Problem>,
}

impl Findings {
    /// Nothing found yet in this file.
    pub fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            list: Vec::new(),
        }
    }

    /// Adds a problem at a place of the file.
    pub fn add(&mut self, place: &Place, message: impl Into<String>, hint: Option<String>) {
        let problem = Problem {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            key: place.key.clone(),
            message: message.into(),
            hint,
        };
        if !self.list.contains(&problem) {
            self.list.push(problem);
        }
    }

    /// Adds a problem with what was given on the command line.
    pub fn command_line(&mut self, message: impl Into<String>, hint: Option<String>) {
        let file = std::mem::replace(&mut self.file, "command line".to_owned());
        self.add(&Place::default(), message, hint);
        self.file = file;
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All that was found, in order of line.
    pub fn all(mut self) -> Vec<Problem> {
        self.list
            .sort_by_key(|problem| (problem.line, problem.column));
        self.list
    }

    /// `value` where nothing was found, else all that was found.
    pub fn or<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.list.is_empty() {
            Ok(value)
        } else {
            Err(self.all())
        }
    }
}
