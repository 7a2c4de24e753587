//! Several configurations and many services in one run.

mod each;

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::coredump::CoredumpArgs;
use super::interrupt::Underway;
use super::looking::{chosen, settings};
use super::prepare::{KeepArgs, Project};
use crate::cli::Global;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::plan::fleet::{Named, Shard, of_shard};
pub use each::{AT_ONCE, Failed, Which, each, told, worse};

/// Which services a verb is about that only looks.
#[derive(Debug, Clone, Default, Args)]
pub struct OfArgs {
    /// Services of the configuration; all of them where none is named
    services: Vec<String>,
    /// This job's part of the services, such as 2/8
    #[arg(long, value_name = "JOB/JOBS")]
    shard: Option<Shard>,
}

/// The services of a run that only looks.
pub struct Looked {
    /// The services.
    pub all: Vec<Known>,
    /// There may be several, so that what is told of them is a list.
    pub is_list: bool,
}

impl OfArgs {
    /// The services that these options name in the configurations of the run.
    ///
    /// # Errors
    /// As for [`projects`] and [`members`]; [`ErrorKind::Usage`] for a recording of several.
    pub fn looked(
        &self,
        global: &Global,
        keep: &KeepArgs,
        lenient: bool,
        out: &mut Output,
    ) -> Result<Looked, Error> {
        let mut global = global.clone();
        global.pace.jobs = self.shard.map_or(1, |shard| shard.of);
        let projects = match keep.is_given() {
            false => projects(&global, &keep.coredump, out)?,
            true => vec![Arc::new(Project::open(&global, out)?.keeping(keep)?)],
        };
        let all = members(&projects, &self.services, lenient, out)?;
        let is_list = projects.len() > 1 || all.len() > 1;
        if is_list && keep.is_given() {
            let message = "a recording is of one service of one configuration";
            return Err(Error::new(ErrorKind::Usage, message).hint("name the service"));
        }
        let (all, _) = part(all, self.shard);
        Ok(Looked { all, is_list })
    }
}

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

/// The services of a run; with `lenient`, inputs that were not given matter little.
///
/// # Errors
/// A name that none of the configurations has; faults of the configurations.
pub fn members(
    projects: &[Arc<Project>],
    named: &[String],
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
    Ok(all)
}

/// The names that this configuration has; all of its services, where there is no telling yet.
fn of_project(project: &Project, named: &[String], several: bool) -> Vec<String> {
    if !several {
        return named.to_vec();
    }
    let has = project.config().services();
    named.iter().filter(|n| has.contains(n)).cloned().collect()
}

/// This job's part of the services of a run, and what is left to the others.
pub fn part(all: Vec<Known>, shard: Option<Shard>) -> (Vec<Known>, Vec<Known>) {
    let Some(shard) = shard else {
        return (all, Vec::new());
    };
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
    let (ours, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .enumerate()
        .partition(|(index, _)| ours.contains(index));
    let known = |of: Vec<(usize, Known)>| of.into_iter().map(|(_, known)| known).collect();
    (known(ours), known(others))
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}
