//! The command line: what may be typed, and nothing of what it does.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::aws::rates::Pace;
use crate::commands;

/// Deploys to Amazon ECS: a template task definition, sandboxed overlays, a true verdict.
#[derive(Debug, Parser)]
#[command(
    name = "acetate",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "Exit codes: `acetate help exit-codes`. First steps: `acetate init`.")]
pub struct Cli {
    /// Options of every verb.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

/// The configuration file, where none is named.
const CONFIG: &str = "acetate.toml";

/// Options that every verb takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct Global {
    /// Configuration file
    ///
    /// `deploy`, `plan`, `status`, `diff`, `validate` and `verify` take several:
    /// `-c eu.toml -c us.toml`.
    #[arg(
        short = 'c',
        long = "config",
        global = true,
        value_name = "FILE",
        default_value = CONFIG
    )]
    pub configs: Vec<PathBuf>,
    /// The one of them that is at work.
    #[arg(skip)]
    pub config: PathBuf,
    /// Environment of the configuration
    #[arg(short, long, global = true, value_name = "NAME")]
    pub environment: Option<String>,
    /// Value of an input (can be repeated)
    #[arg(long = "set", global = true, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub set: Vec<(String, String)>,
    /// Output for people or for machines
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more: what plugins trace, what was read from where (can be repeated)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Color the text
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    /// AWS region
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Profile of the AWS configuration files; goes before keys of the environment
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where AWS is asked, such as an endpoint of `acetate local`
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Annotations, a summary and values for a CI system
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "SYSTEM"
    )]
    pub ci: Ci,
    /// Write what came out as ACETATE_NAME=value lines, as GitLab's dotenv reports take them
    #[arg(long, global = true, value_name = "FILE")]
    pub outputs: Option<PathBuf>,
    /// Times AWS's published API rates: above 1 for an account with raised ones, below to leave
    /// room for others
    #[arg(long, global = true, value_name = "FACTOR", value_parser = permille, hide_short_help = true)]
    pub api_rate: Option<u32>,
    /// How much of AWS's rates the run takes.
    #[arg(skip)]
    pub pace: Pace,
    /// Fail where the lock file would change
    #[arg(long, global = true)]
    pub locked: bool,
    /// Ask nobody: no AWS, no registry
    #[arg(long, global = true)]
    pub offline: bool,
}

/// Who the output is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people.
    #[default]
    Text,
    /// JSON; for long work, one object a line.
    Json,
}

/// Which CI system is told how a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Ci {
    /// GitHub Actions, where the run is in one (`GITHUB_ACTIONS=true`).
    #[default]
    Auto,
    /// GitHub Actions.
    Github,
    /// None.
    Off,
}

/// When to color text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal that has colors.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs, in the order of a first day with acetate.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write acetate.toml, from scratch or from a running service
    Init(commands::init::InitArgs),
    /// What was read: template, running revision, inputs, plugins
    Show(commands::show::ShowArgs),
    /// The task definition to register, on stdout
    Render(commands::render::RenderArgs),
    /// Who set what, as `git blame` does
    Explain(commands::explain::ExplainArgs),
    /// Check the rendered task definition against the rules that need no AWS
    Validate(commands::validate::ValidateArgs),
    /// Check that what the task definition refers to exists and fits
    Verify(commands::verify::VerifyArgs),
    /// What a deploy would change, by meaning
    Diff(commands::diff::DiffArgs),
    /// What a deploy would do, shown and kept
    Plan(commands::plan::PlanArgs),
    /// Register what is new, update the service, follow the deployment to a true verdict
    Deploy(commands::deploy::DeployArgs),
    /// What runs, made from what, and what infrastructure has changed since
    Status(commands::status::StatusArgs),
    /// Follow the deployment in progress, or judge the last one
    Wait(commands::wait::WaitArgs),
    /// Let a paused deployment go on, and follow it
    Continue(commands::carry_on::ContinueArgs),
    /// Roll the deployment in progress back
    Abort(commands::abort::AbortArgs),
    /// Go back to what last ran well, or to a revision of yours
    Rollback(commands::rollback::RollbackArgs),
    /// What ran when, how it went, and what it was made from
    History(commands::history::HistoryArgs),
    /// Only register; prints the ARN
    Register(commands::register::RegisterArgs),
    /// Run a one-off task of the rendered definition, and exit with its code
    Run(commands::run::RunArgs),
    /// The least-privilege IAM policy for this configuration
    Permissions(commands::permissions::PermissionsArgs),
    /// Run one plugin by itself, tell what is in it, or lock plugins of registries
    Plugin(commands::plugin::PluginArgs),
    /// The JSON Schema of acetate.toml, or of a kept plan
    Schema(commands::schema::SchemaArgs),
    /// Practise without AWS: an embedded ECS endpoint that plays scripted deployments
    #[cfg(feature = "local")]
    Local(commands::local::LocalArgs),
    /// Completions for a shell
    Completions(commands::completions::CompletionsArgs),
    /// The manual page
    Man(commands::man::ManArgs),
    /// What acetate starts itself as, to compile a plugin
    #[command(name = "compile-component", hide = true)]
    CompileComponent(crate::store::CompileArgs),
    /// What acetate starts itself as, to run a plugin apart from everything
    #[command(name = "run-component", hide = true)]
    RunComponent(crate::plugin::ApartArgs),
    /// What the exit codes mean
    #[command(
        name = "exit-codes",
        hide = true,
        long_about = commands::EXIT_CODES,
        help_template = "{about-with-newline}"
    )]
    ExitCodes,
}

impl Cli {
    /// What was typed, with what follows from it filled in.
    #[must_use]
    pub fn complete(mut self) -> Self {
        let global = &mut self.global;
        global.config = global.configs.first().cloned().unwrap_or_default();
        global.pace.permille = global.api_rate.unwrap_or(global.pace.permille);
        self
    }
}

impl Global {
    /// Whether a configuration other than the usual one was named.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.configs.iter().any(|file| file.as_os_str() != CONFIG)
    }
}

/// A factor from 0.01 to 1000, in thousandths.
fn permille(text: &str) -> Result<u32, String> {
    let factor: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if !(0.01..=1000.0).contains(&factor) {
        return Err("expected a number from 0.01 to 1000".to_owned());
    }
    Ok((factor * 1000.0).round() as u32)
}

/// `NAME=VALUE`.
///
/// # Errors
/// There is no `=`, or nothing before it.
pub fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn inputs_are_name_and_value() {
        assert_eq!(
            name_and_value("image=a:1=b"),
            Ok(("image".into(), "a:1=b".into()))
        );
        assert_eq!(
            name_and_value("empty="),
            Ok(("empty".into(), String::new()))
        );
        assert!(name_and_value("image").is_err());
        assert!(name_and_value("=x").is_err());
    }
}
