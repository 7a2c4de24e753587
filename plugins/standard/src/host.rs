//! What the overlay needs from its host: the imports of `acetate:plugin` that it uses.
//!
//! Glue implements it by the imported functions, tests by a document in memory. Each function is
//! described in `wit/`.

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Stable, kebab-case.
    pub code: String,
    /// One lowercase sentence.
    pub message: String,
    /// The place concerned.
    pub address: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure that concerns no one place.
    #[must_use]
    pub fn new(code: &str, message: String) -> Self {
        Self {
            code: code.to_owned(),
            message,
            address: None,
            hint: None,
        }
    }
}

/// What a call that only acts gives.
pub type Outcome = Result<(), Failure>;

/// The imported functions.
pub trait Host {
    /// `config.json`.
    fn config(&self) -> String;
    /// `diagnostics.report`; severities are `info`, `warning`, `error`.
    fn report(&self, severity: &str, code: &str, message: &str, address: Option<&str>);

    /// `task.containers`.
    fn containers(&self) -> Vec<String>;
    /// `task.volumes`.
    fn volumes(&self) -> Vec<String>;
    /// The names of `task.environment`.
    ///
    /// # Errors
    /// As the imported function.
    fn environment(&self, container: &str) -> Result<Vec<String>, Failure>;
    /// The names of `task.secrets`.
    ///
    /// # Errors
    /// As the imported function.
    fn secrets(&self, container: &str) -> Result<Vec<String>, Failure>;
    /// `task.json`.
    ///
    /// # Errors
    /// As the imported function.
    fn json(&self, address: &str) -> Result<Option<String>, Failure>;

    /// `parameters.names`, one page.
    ///
    /// # Errors
    /// As the imported function.
    fn parameter_names(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, Failure>;
    /// `parameters.arn`.
    ///
    /// # Errors
    /// As the imported function.
    fn parameter_arn(&self, name: &str) -> Result<Option<String>, Failure>;
    /// `secret-names.arn`.
    ///
    /// # Errors
    /// As the imported function.
    fn secret_arn(&self, name: &str) -> Result<Option<String>, Failure>;
    /// `files.read-text`.
    ///
    /// # Errors
    /// As the imported function.
    fn read_text(&self, path: &str) -> Result<String, Failure>;

    /// `edit.set-image`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_image(&self, container: &str, reference: &str) -> Outcome;
    /// `edit.set-env`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_env(&self, container: &str, name: &str, value: &str) -> Outcome;
    /// `edit.unset-env`.
    ///
    /// # Errors
    /// As the imported function.
    fn unset_env(&self, container: &str, name: &str) -> Outcome;
    /// `edit.set-secret`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_secret(&self, container: &str, name: &str, value_from: &str) -> Outcome;
    /// `edit.unset-secret`.
    ///
    /// # Errors
    /// As the imported function.
    fn unset_secret(&self, container: &str, name: &str) -> Outcome;
    /// `edit.add-container`.
    ///
    /// # Errors
    /// As the imported function.
    fn add_container(&self, name: &str, definition: &str) -> Outcome;
    /// `edit.set-dependency`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_dependency(&self, container: &str, on: &str, condition: &str) -> Outcome;
    /// `edit.set-log-driver`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_log_driver(&self, container: &str, driver: &str) -> Outcome;
    /// `edit.set-log-option`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_log_option(&self, container: &str, name: &str, value: &str) -> Outcome;
    /// `edit.set-log-secret`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_log_secret(&self, container: &str, name: &str, value_from: &str) -> Outcome;
    /// `edit.add-volume`.
    ///
    /// # Errors
    /// As the imported function.
    fn add_volume(&self, name: &str, definition: &str) -> Outcome;
    /// `edit.add-mount`.
    ///
    /// # Errors
    /// As the imported function.
    fn add_mount(&self, container: &str, volume: &str, path: &str, read_only: bool) -> Outcome;
    /// `edit.set-label`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_label(&self, container: &str, name: &str, value: &str) -> Outcome;
    /// `edit.set-tag`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_tag(&self, name: &str, value: &str) -> Outcome;
    /// `edit.set-json`.
    ///
    /// # Errors
    /// As the imported function.
    fn set_json(&self, address: &str, value: &str) -> Outcome;
    /// `edit.remove`.
    ///
    /// # Errors
    /// As the imported function.
    fn remove(&self, address: &str) -> Outcome;
}
