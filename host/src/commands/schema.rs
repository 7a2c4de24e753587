//! `schema`: the JSON Schema of acetate.toml or of a kept plan, on stdout.

use clap::Args;
use serde_json::Value;

use crate::cli::Global;
use crate::config;
use crate::error::{Error, ErrorKind};
use crate::output::Output;

/// The built-in plugin's manifest, whose schema says what `[containers]`, `[sidecars]` and
/// `[tags]` take.
const STANDARD: &str = include_str!("../../../plugins/standard/plugin.toml");

/// Prints the JSON Schema of acetate.toml, or of a kept plan
#[derive(Debug, Args)]
#[command(after_help = "Example: acetate schema > acetate.schema.json")]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value_t)]
    of: Of,
}

/// What there are schemas of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Of {
    /// acetate.toml
    #[default]
    Configuration,
    /// A kept plan
    Plan,
}

/// Prints it.
///
/// # Errors
/// None that a user could cause.
pub fn run(args: &SchemaArgs, _: &Global, out: &mut Output) -> Result<(), Error> {
    let bug = |error: Box<dyn std::error::Error + Send + Sync>| Error::new(ErrorKind::Bug, error);
    let schema = match args.of {
        Of::Configuration => config::schema(Some(&standard().map_err(bug)?)),
        Of::Plan => crate::plan::kept::schema(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|error| bug(error.into()))?;
    out.data(&format!("{text}\n"));
    Ok(())
}

/// The schema of the built-in plugin's configuration.
///
/// # Errors
/// None that a user could cause.
pub(super) fn standard() -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let manifest: toml::Table = STANDARD.parse()?;
    Ok(serde_json::to_value(manifest.get("config"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_containers_is_the_plugins() {
        let schema = config::schema(Some(&standard().expect("the manifest has a schema")));
        let validator = jsonschema::draft202012::new(&schema).expect("a schema");
        let with = |text: &str| {
            let table: toml::Table = text.parse().expect("TOML");
            validator.is_valid(&serde_json::to_value(table).expect("JSON"))
        };
        for example in ["smallest", "several"] {
            let file = format!(
                "{}/src/config/tests/{example}.toml",
                env!("CARGO_MANIFEST_DIR")
            );
            assert!(
                with(&std::fs::read_to_string(file).expect("it is there")),
                "{example}"
            );
        }
        assert!(with(config::init::SCRATCH));
        assert!(!with("[containers.app]\nimaeg = 'a:1'\n"));
        assert!(!with("[services.web.sidecars.log]\npreste = 'firelens'\n"));
    }
}
