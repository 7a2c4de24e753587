//! Table tests of the configuration as a whole: what works, and every error with its words.

mod errors;
mod selected;
mod works;

use super::*;

/// What every configuration says.
const BASE: &str = "template = 'file:t'\nfamily = 'f'\n";
/// The smallest configuration that works.
pub(super) const SMALLEST: &str = include_str!("tests/smallest.toml");
/// Two services, three environments, a shared plugin.
pub(super) const SEVERAL: &str = include_str!("tests/several.toml");

/// Settings of a text: service, environment, `--set`, environment variables.
pub(super) fn settings_of(
    text: &str,
    service: Option<&str>,
    environment: Option<&str>,
    set: &[(&str, &str)],
    variables: &[(&str, &str)],
) -> Result<Settings, Vec<Problem>> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let set: Vec<_> = set.iter().map(owned).collect();
    let variables: BTreeMap<_, _> = variables.iter().map(owned).collect();
    let env = |name: &str| variables.get(name).cloned();
    let selection = Selection {
        service,
        environment,
        set: &set,
        env: &env,
    };
    Config::parse(text, "acetate.toml")?.settings(&selection)
}

/// What is wrong with a text, each as `place: message | hint`.
fn problems(result: Result<Settings, Vec<Problem>>) -> Vec<String> {
    let Err(problems) = result else {
        return Vec::new();
    };
    let hint = |problem: &Problem| problem.hint.as_deref().map(|hint| format!(" | {hint}"));
    problems
        .iter()
        .map(|problem| format!("{problem}{}", hint(problem).unwrap_or_default()))
        .collect()
}
