//! The project: the folder of acetate.toml, the configuration in it, the options of the run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::super::coredump::CoredumpArgs;
use super::locked::Pinned;
use super::plugins::Shared;
use super::{KeepArgs, Kept, Need};
use crate::aws::Connection;
use crate::cli::Global;
use crate::config::template_ref::TemplateRef;
use crate::config::{Config, Problem, Selection, Settings, Use};
use crate::error::{Error, ErrorKind, Unread};
use crate::event::{Diagnostic, Severity};
use crate::output::Output;
use crate::sharing::Sharing;
use crate::store::Store;

/// A configuration that was read, and the folder it lies in: all of the disk that a run may see.
pub struct Project {
    global: Global,
    config: Arc<Config>,
    folder: Arc<Dir>,
    kept: Kept,
    shared: Arc<Shared>,
    pinned: Arc<OnceLock<Arc<Pinned>>>,
    coredump: CoredumpArgs,
}

impl Project {
    /// Reads the configuration that the options name.
    ///
    /// # Errors
    /// A file that is not there, or faults in it; they are printed, each with file and line.
    pub fn open(global: &Global, out: &mut Output) -> Result<Self, Error> {
        let file = global.config.display().to_string();
        let absent = |error: std::io::Error| {
            Error::new(
                ErrorKind::Input,
                Unread {
                    file: file.clone(),
                    source: error,
                },
            )
            .hint("`acetate init` writes one; `-c FILE` names another")
        };
        let name = global
            .config
            .file_name()
            .ok_or_else(|| absent(std::io::ErrorKind::InvalidInput.into()))?;
        let parent = global.config.parent().filter(|p| !p.as_os_str().is_empty());
        let folder = Dir::open_ambient_dir(parent.unwrap_or(Path::new(".")), ambient_authority())
            .map_err(absent)?;
        let text = folder.read_to_string(name).map_err(absent)?;
        let config = Config::parse(&text, &file).map_err(|mut problems| {
            problems.extend(super::misfit::unknown_keys(&text, &file));
            refuse(out, &problems)
        })?;
        Ok(Self {
            global: global.clone(),
            config: Arc::new(config),
            folder: Arc::new(folder),
            kept: Kept::Not,
            shared: Arc::new(Shared::new(false)),
            pinned: Arc::default(),
            coredump: CoredumpArgs::default(),
        })
    }

    /// The same, recorded or replayed.
    ///
    /// # Errors
    /// A recording that cannot be read, or a coredump that is there already.
    pub fn keeping(self, args: &KeepArgs) -> Result<Self, Error> {
        let kept = args.open()?;
        Self { kept, ..self }.dumping(&args.coredump)
    }

    /// The same, with a file for the memory of a plugin that crashes.
    ///
    /// # Errors
    /// The file is there already.
    pub fn dumping(self, args: &CoredumpArgs) -> Result<Self, Error> {
        let shared = Arc::new(Shared::new(args.wanted()?));
        let coredump = args.clone();
        Ok(Self {
            shared,
            coredump,
            ..self
        })
    }

    /// The same, with what is read for another one read for it, too.
    #[must_use]
    pub fn beside(self, other: &Self) -> Self {
        let shared = Arc::clone(&other.shared);
        Self { shared, ..self }
    }

    /// The same, without the inputs of the run that this configuration does not know: they are
    /// another's.
    #[must_use]
    pub fn with_its_inputs(mut self) -> Self {
        let known = self.config.inputs();
        self.global.set.retain(|(name, _)| known.contains(name));
        self
    }

    /// Where the memory of a plugin goes that crashes.
    pub(super) const fn coredump(&self) -> &CoredumpArgs {
        &self.coredump
    }

    /// The same with these inputs set, too; what the run itself sets comes before.
    #[must_use]
    pub fn setting(&self, inputs: Vec<(String, String)>) -> Self {
        let mut global = self.global.clone();
        let is_new = |(name, _): &(String, String)| !self.global.set.iter().any(|(n, _)| n == name);
        global.set.extend(inputs.into_iter().filter(is_new));
        Self {
            global,
            config: Arc::clone(&self.config),
            folder: Arc::clone(&self.folder),
            kept: self.kept.clone(),
            shared: Arc::clone(&self.shared),
            pinned: Arc::clone(&self.pinned),
            coredump: self.coredump.clone(),
        }
    }

    /// What becomes of what the run is told.
    #[must_use]
    pub const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The options of the run.
    #[must_use]
    pub const fn global(&self) -> &Global {
        &self.global
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The folder of acetate.toml.
    #[must_use]
    pub const fn folder(&self) -> &Arc<Dir> {
        &self.folder
    }

    /// What acetate.lock and the trust files say; read at the first call.
    ///
    /// # Errors
    /// They cannot be read, or there are faults in them.
    pub(super) fn pinned(&self) -> Result<Arc<Pinned>, Error> {
        if let Some(pinned) = self.pinned.get() {
            return Ok(Arc::clone(pinned));
        }
        let opened = Arc::new(Pinned::open(self)?);
        Ok(Arc::clone(self.pinned.get_or_init(|| opened)))
    }

    /// What the plugins of all services share.
    pub(in crate::commands) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Every plugin but the built-in one that some service has in some environment.
    ///
    /// # Errors
    /// One that cannot be locked; printed.
    pub fn plugins(&self, out: &mut Output) -> Result<Vec<Use>, Error> {
        let plugins = self.config.plugins();
        plugins.map_err(|problems| refuse(out, &problems))
    }

    /// How its plugins of registries are had.
    ///
    /// # Errors
    /// A file about trust or registries that cannot be read, or has faults.
    pub fn sharing(&self, store: &Arc<Store>) -> Result<Sharing, Error> {
        let store = Arc::clone(store);
        let asks_nobody = self.global.offline || self.kept.replayed().is_some();
        Sharing::open(&self.config, &self.folder, store, asks_nobody)
    }

    /// The settings of one service, `running:` inputs still open.
    ///
    /// # Errors
    /// Faults of the configuration or of what was selected; they are printed.
    pub fn settings(&self, service: Option<&str>, out: &mut Output) -> Result<Settings, Error> {
        let selection = Selection {
            service,
            environment: self.global.environment.as_deref(),
            set: &self.global.set,
            env: &|name| std::env::var(name).ok(),
        };
        self.config
            .settings(&selection)
            .map_err(|problems| refuse(out, &problems))
    }

    /// Fills the inputs that are what runs now.
    ///
    /// # Errors
    /// A container that does not run; printed.
    pub fn with_running(
        &self,
        settings: Settings,
        images: &BTreeMap<String, String>,
        out: &mut Output,
    ) -> Result<Settings, Error> {
        settings
            .with_running(images)
            .map_err(|problems| refuse(out, &problems))
    }
}

/// How AWS is reached: options of the run before settings of the file.
#[must_use]
pub fn connection(global: &Global, settings: &Settings) -> Connection {
    Connection {
        region: global.region.clone().or_else(|| settings.region.clone()),
        profile: global.profile.clone().or_else(|| settings.profile.clone()),
        endpoint_url: global.endpoint_url.clone(),
        assume_role: settings.assume_role.clone(),
        account: settings.account.clone(),
        pace: global.pace,
    }
}

/// `--offline` asks nobody: what cannot be had without AWS is refused, before it is tried.
///
/// # Errors
/// [`ErrorKind::Usage`].
pub fn within_reach(global: &Global, settings: &Settings, need: Need) -> Result<(), Error> {
    let refuse = |what: String, hint: String| {
        let message = format!("{what} with `--offline`");
        Err(Error::new(ErrorKind::Usage, message).hint(hint))
    };
    match (&settings.template, settings.running_inputs.first()) {
        _ if !global.offline => Ok(()),
        _ if need != Need::Template => refuse(
            "what runs and what is registered cannot be read".to_owned(),
            "`render`, `explain`, `validate` and `show` can do without".to_owned(),
        ),
        (_, Some(input)) => refuse(
            format!("the image that runs, the default of input `{input}`, cannot be read"),
            format!("give it with `--set {input}=…`"),
        ),
        (TemplateRef::File(_) | TemplateRef::Stdin, None) => Ok(()),
        (template, None) => refuse(
            format!("template `{template}` cannot be read"),
            "a template in a file can: `file:PATH`, or `-` for standard input".to_owned(),
        ),
    }
}

/// Prints each fault and says how many there are.
pub fn faults(out: &mut Output, faults: &[Diagnostic], of: &str) -> Error {
    out.diagnostics(faults);
    let errors = faults
        .iter()
        .filter(|fault| fault.severity == Severity::Error)
        .count();
    let noun = if errors == 1 { "fault" } else { "faults" };
    Error::new(ErrorKind::Input, format!("the {of} has {errors} {noun}"))
}

/// Prints each problem, in order of line, and says how many there are.
pub fn refuse(out: &mut Output, problems: &[Problem]) -> Error {
    let mut problems: Vec<&Problem> = problems.iter().collect();
    problems.sort_by_key(|problem| (problem.line, problem.column));
    let diagnostics: Vec<Diagnostic> = problems.into_iter().map(Diagnostic::from).collect();
    faults(out, &diagnostics, "configuration")
}
