//! acetate.toml, which is not always the user's own.

use acetate::config::{Config, Problem, Selection};

/// Reads it, and settles every service in every environment.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let config = match Config::parse(text, "acetate.toml") {
        Ok(config) => config,
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a word");
            check(&problems, text, true);
            return;
        }
    };
    let (services, environments) = (config.services(), config.environments());
    let given = [("INPUT".to_owned(), "${env}".to_owned())];
    for set in [&[], &given[..]] {
        for service in every(&services) {
            for environment in every(&environments) {
                let settings = config.settings(&Selection {
                    service,
                    environment,
                    set,
                    env: &|name| (name.len() % 2 == 0).then(|| name.to_owned()),
                });
                match settings {
                    Ok(settings) => drop(format!("{settings:?}")),
                    Err(problems) => {
                        assert!(!problems.is_empty(), "refused without a word");
                        check(&problems, text, false);
                    }
                }
            }
        }
    }
}

/// Each of a few names, none of them, and one that is not there.
fn every(names: &[String]) -> impl Iterator<Item = Option<&str>> {
    let some = names.iter().take(3).map(|name| Some(name.as_str()));
    some.chain([None, Some("nowhere")])
}

/// Each says where it is: the file, and the line where what is wrong is written.
fn check(problems: &[Problem], text: &str, written: bool) {
    let lines = text.split('\n').count();
    for problem in problems {
        let told = problem.to_string();
        assert!(
            matches!(problem.file.as_str(), "acetate.toml" | "command line"),
            "{told}"
        );
        assert!(!problem.message.is_empty(), "{told}");
        assert_eq!(problem.line.is_some(), problem.column.is_some(), "{told}");
        assert!(
            problem.line.is_none_or(|line| (1..=lines).contains(&line)),
            "{told}"
        );
        assert!(
            problem.line.is_some() || !problem.key.is_empty() || !written,
            "{told}"
        );
    }
}
