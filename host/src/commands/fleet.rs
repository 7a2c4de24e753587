//! Several configurations and many services in one run.

use std::path::Path;
use std::sync::Arc;

use super::coredump::CoredumpArgs;
use super::interrupt::Underway;
use super::looking::{chosen, settings};
use super::prepare::Project;
use crate::cli::Global;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::plan::fleet::{Named, Shard, of_shard};

/// A service of one of the configurations.
pub struct Member {
    /// Its configuration.
    pub project: Arc<Project>,
    /// Its name there.
    pub name: Option<String>,
    /// The configuration file, where there are several.
    pub of: Option<String>,
}

impl Member {
    /// The only one, of the only configuration.
    pub fn of(project: &Arc<Project>, name: Option<String>) -> Self {
        Self {
            project: Arc::clone(project),
            name,
            of: None,
        }
    }

    /// Where what happens to it is printed.
    pub fn out(&self, out: &Output) -> Output {
        out.beside(self.of.as_deref())
    }

    /// Where is noted what goes on for it.
    pub fn underway(&self, underway: &Underway) -> Underway {
        underway.of(self.of.as_deref().unwrap_or_default())
    }
}

/// A member with its settings, as far as they are known before anything was read.
pub type Known = (Member, Settings);

/// Reads all configurations that the options name; what is read for one is read for all.
///
/// # Errors
/// As for [`Project::open`]; an input that none of them knows.
pub fn projects(
    global: &Global,
    dump: &CoredumpArgs,
    out: &mut Output,
) -> Result<Vec<Arc<Project>>, Error> {
    let files = &global.configs;
    if files.len() < 2 {
        return Ok(vec![Arc::new(Project::open(global, out)?.dumping(dump)?)]);
    }
    let mut all: Vec<Project> = Vec::new();
    for file in files {
        if all.iter().any(|known| known.global().config == *file) {
            continue;
        }
        let global = Global {
            config: file.clone(),
            ..global.clone()
        };
        let project = Project::open(&global, out)?.dumping(dump)?;
        all.push(match all.first() {
            Some(first) => project.beside(first),
            None => project,
        });
    }
    let known = |name: &String| all.iter().any(|p| p.config().inputs().contains(name));
    if let Some((name, _)) = global.set.iter().find(|(name, _)| !known(name)) {
        let message = format!("none of the configurations has an input `{name}`");
        return Err(Error::new(ErrorKind::Input, message).hint("check the `--set`"));
    }
    let its = |project: Project| Arc::new(project.with_its_inputs());
    Ok(all.into_iter().map(its).collect())
}

/// The services of a run, or of this job's part of it.
///
/// # Errors
/// A name that none of the configurations has; faults of the configurations.
pub fn members(
    projects: &[Arc<Project>],
    named: &[String],
    shard: Option<Shard>,
    lenient: bool,
    out: &mut Output,
) -> Result<Vec<Known>, Error> {
    let several = projects.len() > 1;
    let mut all = Vec::new();
    for project in projects {
        let of = several.then(|| shown(&project.global().config));
        for name in chosen(project, &of_project(project, named, several)) {
            let settings = match lenient {
                true => settings(project, name.as_deref(), out)?,
                false => project.settings(name.as_deref(), out)?,
            };
            let (project, of) = (Arc::clone(project), of.clone());
            all.push((Member { project, name, of }, settings));
        }
    }
    let is_wanted = |(_, s): &Known| named.is_empty() || named.contains(&s.name);
    if several {
        let missing = named
            .iter()
            .find(|n| all.iter().all(|(_, s)| s.name != **n));
        if let Some(name) = missing {
            let message = format!("none of the configurations has a service `{name}`");
            return Err(Error::new(ErrorKind::Input, message));
        }
        all.retain(is_wanted);
    }
    Ok(match shard {
        Some(shard) => part(all, shard),
        None => all,
    })
}

/// The names that this configuration has; all of its services, where there is no telling yet.
fn of_project(project: &Project, named: &[String], several: bool) -> Vec<String> {
    if !several {
        return named.to_vec();
    }
    let has = project.config().services();
    named.iter().filter(|n| has.contains(n)).cloned().collect()
}

/// What this job deploys of it.
fn part(all: Vec<Known>, shard: Shard) -> Vec<Known> {
    let files: Vec<Option<String>> = all.iter().map(|(member, _)| member.of.clone()).collect();
    let named: Vec<Named> = all
        .iter()
        .map(|(member, settings)| Named {
            of: files.iter().position(|f| *f == member.of).unwrap_or(0),
            name: settings.name.clone(),
            after: settings.after_services.clone(),
        })
        .collect();
    let ours = of_shard(&named, shard);
    let mut index = 0..;
    all.into_iter()
        .filter(|_| index.next().is_some_and(|i| ours.contains(&i)))
        .collect()
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}
