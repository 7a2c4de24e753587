//! Levels: how much somebody holds who may edit a place.
//!
//! Code that runs beside the application is the application, so nearly every place of a task
//! definition is of level code. Each place that the SDK knows has a rule here; a member without
//! one, unknown to this build for instance, is of level code.

use std::fmt;

use serde::Serialize;

use super::loading;
use crate::task_definition::address::Address;

/// How much somebody holds who may edit a place. A higher level includes the lower ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Says something about the task, and changes nothing of what it does.
    Metadata,
    /// Changes how the code behaves that runs there.
    Influence,
    /// Decides which code runs, what it can reach and as whom.
    Code,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Metadata => "metadata",
            Self::Influence => "influence",
            Self::Code => "code",
        })
    }
}

/// The rules, a line a place. `*` stands for every key or element, and `**` for the place before
/// it and all below.
pub const RULES: &[(Level, &[&str])] = &[
    (
        Level::Metadata,
        &[
            "/tags",
            "/tags/*",
            "/tags/*/key",
            "/tags/*/value",
            "/containerDefinitions/*/dockerLabels",
            "/containerDefinitions/*/dockerLabels/*",
        ],
    ),
    (
        Level::Influence,
        &[
            "/containerDefinitions/*/environment",
            "/containerDefinitions/*/environment/*",
            "/containerDefinitions/*/environment/*/name",
            "/containerDefinitions/*/environment/*/value",
            "/containerDefinitions/*/secrets",
            "/containerDefinitions/*/secrets/*",
            "/containerDefinitions/*/secrets/*/name",
            "/containerDefinitions/*/secrets/*/valueFrom",
        ],
    ),
    (Level::Code, CODE),
];

const CODE: &[&str] = &[
    "/containerDefinitions",
    "/containerDefinitions/*",
    "/containerDefinitions/*/command/**",
    "/containerDefinitions/*/cpu",
    "/containerDefinitions/*/credentialSpecs/**",
    "/containerDefinitions/*/dependsOn/**",
    "/containerDefinitions/*/disableNetworking",
    "/containerDefinitions/*/dnsSearchDomains/**",
    "/containerDefinitions/*/dnsServers/**",
    "/containerDefinitions/*/dockerSecurityOptions/**",
    "/containerDefinitions/*/entryPoint/**",
    "/containerDefinitions/*/environmentFiles/**",
    "/containerDefinitions/*/essential",
    "/containerDefinitions/*/extraHosts/**",
    "/containerDefinitions/*/firelensConfiguration/**",
    "/containerDefinitions/*/healthCheck/**",
    "/containerDefinitions/*/hostname",
    "/containerDefinitions/*/image",
    "/containerDefinitions/*/interactive",
    "/containerDefinitions/*/links/**",
    "/containerDefinitions/*/linuxParameters/**",
    "/containerDefinitions/*/logConfiguration/**",
    "/containerDefinitions/*/memory",
    "/containerDefinitions/*/memoryReservation",
    "/containerDefinitions/*/mountPoints/**",
    "/containerDefinitions/*/name",
    "/containerDefinitions/*/portMappings/**",
    "/containerDefinitions/*/privileged",
    "/containerDefinitions/*/pseudoTerminal",
    "/containerDefinitions/*/readonlyRootFilesystem",
    "/containerDefinitions/*/repositoryCredentials/**",
    "/containerDefinitions/*/resourceRequirements/**",
    "/containerDefinitions/*/restartPolicy/**",
    "/containerDefinitions/*/startTimeout",
    "/containerDefinitions/*/stopTimeout",
    "/containerDefinitions/*/systemControls/**",
    "/containerDefinitions/*/ulimits/**",
    "/containerDefinitions/*/user",
    "/containerDefinitions/*/versionConsistency",
    "/containerDefinitions/*/volumesFrom/**",
    "/containerDefinitions/*/workingDirectory",
    "/cpu",
    "/enableFaultInjection",
    "/ephemeralStorage/**",
    "/executionRoleArn",
    "/family",
    "/inferenceAccelerators/**",
    "/ipcMode",
    "/memory",
    "/networkMode",
    "/pidMode",
    "/placementConstraints/**",
    "/proxyConfiguration/**",
    "/requiresCompatibilities/**",
    "/runtimePlatform/**",
    "/taskRoleArn",
    "/volumes/**",
];

/// The level of a place: that of its rule, or code. A variable whose name loads code (see
/// [`loading`]) is of level code wherever it stands.
#[must_use]
pub fn of(address: &Address) -> Level {
    let tokens = address.tokens();
    if variable(tokens).is_some_and(|(_, name)| loading::is(name)) {
        return Level::Code;
    }
    ruled(tokens).unwrap_or(Level::Code)
}

/// The level that a rule gives this place; `None` for one without a rule.
fn ruled(tokens: &[String]) -> Option<Level> {
    let rows = RULES
        .iter()
        .flat_map(|(level, places)| places.iter().map(|place| (*level, *place)));
    let names = |place: &str| matches(place, tokens);
    rows.filter(|(_, place)| names(place))
        .map(|(level, _)| level)
        .max()
}

/// The highest level among the places that a pattern names, and all below them. `*` in a part of
/// the pattern stands for any text within that part.
pub(super) fn highest(pattern: &[String]) -> Level {
    if variable(pattern).is_some_and(|(_, name)| loads(name)) {
        return Level::Code;
    }
    let touches = |place: &str| {
        let deep = place.ends_with("/**");
        let row = parts(place);
        let meets = row
            .iter()
            .zip(pattern)
            .all(|(part, written)| *part == "*" || super::place::matches(written, part));
        meets && (deep || row.len() >= pattern.len())
    };
    let rows = RULES
        .iter()
        .flat_map(|(level, places)| places.iter().map(|place| (*level, *place)));
    rows.filter(|(_, place)| touches(place))
        .map(|(level, _)| level)
        .max()
        .unwrap_or(Level::Code)
}

/// The level of what a pattern lets be done, which may be higher than that of its places: who may
/// set any variable runs code, though no variable that loads code by itself is among them.
pub(super) fn of_power(pattern: &[String]) -> Level {
    let is_any_variable = match pattern {
        [list, _, kind] if super::place::matches(list, "containerDefinitions") => {
            let lists = ["environment", "secrets"];
            lists.iter().any(|list| super::place::matches(kind, list))
        }
        _ => variable(pattern).is_some_and(|(_, name)| super::rule::is_broad(name)),
    };
    match is_any_variable {
        true => Level::Code,
        false => highest(pattern),
    }
}

/// Whether a written name is that of a variable that loads code. One with `*` names none.
pub(super) fn loads(written: &str) -> bool {
    !written.contains('*') && loading::is(written)
}

/// The list and the name of a variable, plain or secret, if this is its place or one below it.
pub(super) fn variable(tokens: &[String]) -> Option<(&str, &str)> {
    match tokens {
        [list, _, kind, name, ..] if list == "containerDefinitions" => {
            matches!(kind.as_str(), "environment" | "secrets").then_some((kind, name))
        }
        _ => None,
    }
}

fn parts(place: &str) -> Vec<&str> {
    place
        .trim_end_matches("/**")
        .split('/')
        .skip(1)
        .collect::<Vec<_>>()
}

fn matches(place: &str, tokens: &[String]) -> bool {
    let row = parts(place);
    let same = row
        .iter()
        .zip(tokens)
        .all(|(part, token)| *part == "*" || part == token);
    let long_enough = match place.ends_with("/**") {
        true => tokens.len() >= row.len(),
        false => tokens.len() == row.len(),
    };
    same && long_enough
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task_definition::model::schema_places;

    #[test]
    fn every_place_of_the_schema_has_one_rule() {
        for place in schema_places() {
            let address: Address = place.address.parse().unwrap();
            let rows = RULES.iter().flat_map(|(_, places)| *places);
            let ruling: Vec<_> = rows.filter(|row| matches(row, address.tokens())).collect();
            assert_eq!(ruling.len(), 1, "{}: {ruling:?}", place.address);
        }
    }

    #[test]
    fn every_rule_is_for_a_place_of_the_schema() {
        let places: Vec<String> = schema_places().map(|place| place.address).collect();
        for row in RULES.iter().flat_map(|(_, places)| *places) {
            let place = row.trim_end_matches("/**");
            assert!(places.iter().any(|known| known == place), "{row}");
        }
    }

    #[test]
    fn what_has_no_rule_is_code() {
        for (address, level) in [
            ("/tags/team/value", Level::Metadata),
            ("/tags/team/other", Level::Code),
            (
                "/containerDefinitions/app/dockerLabels/a~1b",
                Level::Metadata,
            ),
            ("/containerDefinitions/app/dockerLabels/a/b", Level::Code),
            (
                "/containerDefinitions/app/environment/A/value",
                Level::Influence,
            ),
            ("/containerDefinitions/app/environment/A/other", Level::Code),
            (
                "/containerDefinitions/app/environment/Path/value",
                Level::Code,
            ),
            (
                "/containerDefinitions/app/secrets/LD_AUDIT/valueFrom",
                Level::Code,
            ),
            ("/containerDefinitions/app/Environment/A/value", Level::Code),
            ("/containerDefinitions/app/futureMember", Level::Code),
            (
                "/containerDefinitions/app/linuxParameters/new/one",
                Level::Code,
            ),
            ("/futureMember", Level::Code),
            ("", Level::Code),
        ] {
            assert_eq!(of(&address.parse().unwrap()), level, "{address}");
        }
    }

    #[test]
    fn a_pattern_is_of_the_highest_level_that_it_touches() {
        for (pattern, level) in [
            ("/tags", Level::Metadata),
            ("/t*", Level::Code),
            ("/tag*", Level::Metadata),
            ("/containerDefinitions/*/dockerLabels", Level::Metadata),
            ("/containerDefinitions/app/environment", Level::Influence),
            (
                "/containerDefinitions/app/environment/OTEL_*",
                Level::Influence,
            ),
            ("/containerDefinitions/app/environment/PATH", Level::Code),
            ("/containerDefinitions/app/e*", Level::Code),
            ("/containerDefinitions/app", Level::Code),
            ("/containerDefinitions/app/tomorrow", Level::Code),
            ("/volumes/data/host/sourcePath", Level::Code),
            ("/*", Level::Code),
        ] {
            let pattern: Address = pattern.parse().unwrap();
            assert_eq!(highest(pattern.tokens()), level, "{pattern}");
        }
    }

    #[test]
    fn any_variable_is_the_power_to_run_code() {
        for (pattern, level) in [
            ("/containerDefinitions/app/environment", Level::Code),
            ("/containerDefinitions/*/secrets", Level::Code),
            ("/containerDefinitions/app/environment/*_*", Level::Code),
            ("/containerDefinitions/app/environment/U*", Level::Code),
            (
                "/containerDefinitions/app/environment/OTEL_*",
                Level::Influence,
            ),
            ("/containerDefinitions/app/dockerLabels", Level::Metadata),
        ] {
            let address: Address = pattern.parse().unwrap();
            assert_eq!(of_power(address.tokens()), level, "{pattern}");
        }
    }
}
