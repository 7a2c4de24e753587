//! Where a CI system wants to be told, by the options and what it says of itself.

use std::env::var_os;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use crate::cli::{Ci, Command, Global};
use crate::error::{Error, ErrorKind, Unwritten};
use crate::output::CiOptions;

/// What a CI system is told; nothing where there is none and no values are asked for.
pub fn options(global: &Global, command: &Command) -> Option<CiOptions> {
    let is_github = match global.ci {
        Ci::Auto => var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
        Ci::Github => true,
        Ci::Off => false,
    };
    if !is_github && global.outputs.is_none() {
        return None;
    }
    let file = |name: &str| {
        let path = var_os(name).filter(|path| is_github && !path.is_empty());
        path.map(PathBuf::from)
    };
    let files = global.configs.iter().map(|file| file.display().to_string());
    Some(CiOptions {
        verb: verb(command).to_owned(),
        annotations: is_github,
        configs: files.collect(),
        folder: folder(file("GITHUB_WORKSPACE").as_deref()),
        summary: file("GITHUB_STEP_SUMMARY"),
        values: file("GITHUB_OUTPUT"),
        dotenv: global.outputs.clone(),
    })
}

/// Whether the file of `--outputs` can be written, before anything is changed: what reads it would
/// miss it. A file that was not there is not there afterwards.
///
/// # Errors
/// [`ErrorKind::Input`] where it cannot.
pub fn check_outputs(global: &Global) -> Result<(), Error> {
    let Some(file) = &global.outputs else {
        return Ok(());
    };
    let was_there = file.exists();
    let mut options = OpenOptions::new();
    let opened = options.append(true).create(true).open(file);
    let unwritten = |source| Unwritten {
        file: file.display().to_string(),
        source,
    };
    opened.map_err(|error| {
        Error::new(ErrorKind::Input, unwritten(error))
            .hint("`--outputs` names a file that may be written to, in a folder that is there")
    })?;
    if !was_there {
        // One that stays is written to in the end.
        drop(std::fs::remove_file(file));
    }
    Ok(())
}

/// The folder of the run below the repository's, as annotations name files.
fn folder(repository: Option<&Path>) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let below = repository.and_then(|repository| here.strip_prefix(repository).ok());
    match below.map(|below| below.display().to_string()) {
        Some(below) if !below.is_empty() => format!("{below}/"),
        _ => String::new(),
    }
}

/// The verb, as it is typed.
pub const fn verb(command: &Command) -> &'static str {
    match command {
        Command::Render(_) => "render",
        Command::Validate(_) => "validate",
        Command::Diff(_) => "diff",
        Command::Plan(_) => "plan",
        Command::Deploy(_) => "deploy",
        Command::Status(_) => "status",
        Command::Wait(_) => "wait",
        Command::Continue(_) => "continue",
        Command::Abort(_) => "abort",
        Command::Rollback(_) => "rollback",
        Command::Register(_) => "register",
        Command::Run(_) => "run",
        Command::Init(_) => "init",
        Command::Show(_) => "show",
        Command::Explain(_) => "explain",
        Command::Verify(_) => "verify",
        Command::History(_) => "history",
        Command::Permissions(_) => "permissions",
        Command::Plugin(_) => "plugin",
        Command::Schema(_) => "schema",
        #[cfg(feature = "local")]
        Command::Local(_) => "local",
        Command::Completions(_) => "completions",
        Command::Man(_) => "man",
        Command::CompileComponent(_) => "compile-component",
        Command::RunComponent(_) => "run-component",
        Command::ExitCodes => "exit-codes",
    }
}
