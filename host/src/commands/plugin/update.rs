//! `plugin update`: the only thing that writes acetate.lock.

use clap::Args;
use serde::Serialize;

use super::super::prepare::{Project, locked};
use super::locking;
use crate::cli::Global;
use crate::config::Use;
use crate::error::{Error, ErrorKind};
use crate::lock::{FILE, Lock, Locked, changes, is_lower, widened};
use crate::output::{Output, escape};
use crate::overlay::meaning::{self, Meaning};

/// Verifies the plugins of acetate.toml, shows what changed, and writes acetate.lock
#[derive(Debug, Args)]
#[command(
    after_help = "With `--locked` nothing is written: exits with 4 where the lock would change, as where a tag \
moved."
)]
pub struct UpdateArgs {
    /// Names of entries, as in `[overlays.NAME]`; all of them where none is named
    names: Vec<String>,
    /// Take what is refused otherwise: a lower version, one that wants more, or another plugin
    #[arg(long)]
    accept: bool,
}

/// What happened to one plugin.
#[derive(Debug, Serialize)]
struct Told {
    plugin: String,
    new: bool,
    changes: Vec<String>,
    /// What it could do that was given all that it wants, in words, where that is more than before.
    wants: Vec<Meaning>,
    /// Why it is not locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// Updates.
///
/// # Errors
/// Whatever keeps a plugin from being had; [`ErrorKind::Refused`] where one must not be locked, and
/// then nothing is written.
pub async fn run(args: &UpdateArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?;
    let uses = project.plugins(out)?;
    check_names(&args.names, &uses)?;
    let store = crate::store::of_this_user();
    let sharing = project.sharing(&store)?;
    let before = locked::read(project.folder())?;
    let old = before.clone().unwrap_or_default();
    let (mut new, mut told) = (Lock::default(), Vec::new());
    for of in &uses {
        if !is_named(&args.names, of) {
            new.plugins
                .extend(old.find(&of.plugin.to_string()).cloned());
            continue;
        }
        let (locked, bytes) = locking::look(&sharing, project.folder(), of).await?;
        let was = predecessor(&old, &locked);
        let one = tell(was, &locked, args.accept);
        if one.refused.is_none() {
            locking::compile(&store, &locked, bytes).await?;
        }
        told.push(one);
        new.plugins.push(locked);
    }
    told.extend(gone(&old, &new));
    store.told().iter().for_each(|event| out.event(event));
    print(&told, out);
    if let Some(error) = refusal(&told) {
        return Err(error);
    }
    let changed =
        before.as_ref().map(Lock::text) != Some(new.text()) && before != Some(new.clone());
    match (changed, global.locked) {
        (false, _) => {
            out.note(&format!("{FILE} is as it was"));
            Ok(())
        }
        (true, true) => {
            let message = format!("{FILE} would change, and `--locked` forbids it");
            Err(Error::new(ErrorKind::Refused, message)
                .hint("look at what changed, and update without `--locked`"))
        }
        (true, false) => {
            locking::write(project.folder(), &new)?;
            out.note(&format!("wrote {FILE}; commit it"));
            Ok(())
        }
    }
}

fn is_named(names: &[String], of: &Use) -> bool {
    let entry = |name: &String| {
        let mut entries = of.granted.keys();
        entries.any(|key| key.split_once('.').is_some_and(|(_, id)| id == name))
    };
    names.is_empty() || names.iter().any(entry)
}

fn check_names(names: &[String], uses: &[Use]) -> Result<(), Error> {
    let known = |name: &&String| {
        let one = [(*name).clone()];
        uses.iter().any(|of| is_named(&one, of))
    };
    match names.iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => {
            let message = format!("no entry `{name}` has a plugin that can be locked");
            Err(Error::new(ErrorKind::Usage, message)
                .hint("names are those of `[overlays.NAME]` and `[policies.NAME]`"))
        }
    }
}

/// What was locked before: of this plugin, of this repository, or of an entry that had another one.
fn predecessor<'a>(old: &'a Lock, new: &Locked) -> Option<&'a Locked> {
    let of_repository = || old.plugins.iter().find(|old| is_same_place(old, new));
    old.find(&new.plugin)
        .or_else(of_repository)
        .or_else(|| new.granted.keys().find_map(|entry| old.of_entry(entry)))
}

/// Whether both are of one repository, or one file.
fn is_same_place(old: &Locked, new: &Locked) -> bool {
    match (&old.resolved, &new.resolved) {
        (Some(old), Some(new)) => old.split('@').next() == new.split('@').next(),
        _ => old.plugin == new.plugin,
    }
}

/// Another plugin in the place of one: it may be signed by the same key, and is none of its
/// versions.
fn is_another(old: &Locked, new: &Locked) -> bool {
    is_same_place(old, new) && !old.name.is_empty() && old.name != new.name
}

fn tell(old: Option<&Locked>, new: &Locked, accept: bool) -> Told {
    let wider = old.map_or_else(Vec::new, |old| widened(old, new));
    let lower = old.filter(|old| is_lower(&new.version, &old.version));
    let another = old.filter(|old| is_another(old, new));
    let refused = match (lower, wider.as_slice()) {
        _ if accept => None,
        _ if another.is_some() => another.map(|old| {
            let (plugin, is, was) = (
                &new.plugin,
                escape::line(&new.name),
                escape::line(&old.name),
            );
            format!("plugin `{plugin}` is `{is}` by now, and `{was}` is locked")
        }),
        (Some(old), _) => Some(format!(
            "plugin `{}` has version {}, and {} is locked",
            new.plugin,
            escape::line(&new.version),
            escape::line(&old.version)
        )),
        (None, []) => None,
        (None, wider) => {
            let lines: Vec<String> = wider
                .iter()
                .map(|line| format!("\n  + {}", escape::line(line)))
                .collect();
            Some(format!(
                "plugin `{}` wants more than the one that is locked{}",
                new.plugin,
                lines.concat()
            ))
        }
    };
    let wants = match (old, wider.is_empty()) {
        (Some(_), true) => Vec::new(),
        _ => {
            let capabilities = new.capabilities.iter().map(String::as_str);
            meaning::wanted(&new.name, &new.edits, capabilities).may
        }
    };
    Told {
        plugin: new.plugin.clone(),
        new: old.is_none(),
        changes: changes(old, new),
        wants,
        refused,
    }
}

/// Plugins that no entry has any more.
fn gone<'a>(old: &'a Lock, new: &'a Lock) -> impl Iterator<Item = Told> + 'a {
    let gone = old
        .plugins
        .iter()
        .filter(|old| new.find(&old.plugin).is_none());
    gone.map(|locked| Told {
        plugin: locked.plugin.clone(),
        new: false,
        changes: vec!["is not locked any more".to_owned()],
        wants: Vec::new(),
        refused: None,
    })
}

fn refusal(told: &[Told]) -> Option<Error> {
    let refused: Vec<&str> = told
        .iter()
        .filter_map(|one| one.refused.as_deref())
        .collect();
    (!refused.is_empty()).then(|| {
        Error::new(ErrorKind::Refused, refused.join("\n  "))
            .hint("nothing was written; if that is meant, `acetate plugin update --accept`")
    })
}

fn print(told: &[Told], out: &mut Output) {
    if out.is_json() {
        return out.json(&told);
    }
    let mut text = String::new();
    for one in told.iter().filter(|one| !one.changes.is_empty()) {
        text += &format!("{}\n", escape::line(&one.plugin));
        for change in &one.changes {
            text += &format!("  {}\n", escape::line(change));
        }
        for meaning in &one.wants {
            let level = meaning.level.map(|level| format!(" ({level})"));
            let line = format!(
                "{}{}: {}",
                meaning.line,
                level.unwrap_or_default(),
                meaning.says
            );
            text += &format!("  if granted, {}\n", escape::line(&line));
        }
    }
    out.data(&text);
}
