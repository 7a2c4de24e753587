//! What the host looks up on a plugin's behalf.

use crate::edit::Failure;

/// The world as plugins may ask about it. Every call bounds its own time, and is answered the
/// same for the whole run. Called from the thread that runs the plugin.
///
/// No value of a SecureString or of Secrets Manager ever leaves an implementation.
pub trait Lookups: Send + Sync {
    /// Names of SSM parameters that start with `prefix`, sorted, of those after `after`, at most
    /// `limit`.
    ///
    /// # Errors
    /// `unavailable` when AWS could not be asked or refused.
    fn parameter_names(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure>;

    /// ARN of a parameter; `None` when there is none.
    ///
    /// # Errors
    /// `unavailable`.
    fn parameter_arn(&self, name: &str) -> Result<Option<String>, Failure>;

    /// `String`, `StringList` or `SecureString`; `None` when there is no such parameter.
    ///
    /// # Errors
    /// `unavailable`.
    fn parameter_kind(&self, name: &str) -> Result<Option<String>, Failure>;

    /// Value of a plain parameter; `None` when there is none.
    ///
    /// # Errors
    /// `invalid` for a SecureString, `unavailable`.
    fn parameter_value(&self, name: &str) -> Result<Option<String>, Failure>;

    /// Names of secrets that start with `prefix`, sorted, of those after `after`, at most `limit`.
    ///
    /// # Errors
    /// `unavailable`.
    fn secret_names(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure>;

    /// ARN of a secret; `None` when there is none.
    ///
    /// # Errors
    /// `unavailable`.
    fn secret_arn(&self, name: &str) -> Result<Option<String>, Failure>;

    /// Names of a secret's JSON keys, sorted.
    ///
    /// # Errors
    /// `not-found`, `invalid` when the secret is no JSON object, `unavailable`.
    fn secret_keys(&self, name: &str) -> Result<Vec<String>, Failure>;

    /// `sha256:…` of what an image reference names now.
    ///
    /// # Errors
    /// `not-found`, `invalid`, `unavailable`.
    fn image_digest(&self, reference: &str) -> Result<String, Failure>;

    /// Sorted paths, relative to the project, of what is in a folder (`` for the project itself),
    /// folders with `/` at the end, of those after `after`, at most `limit`.
    ///
    /// # Errors
    /// `not-found`, `unavailable`.
    fn file_entries(
        &self,
        folder: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure>;

    /// A file of the project, whole.
    ///
    /// # Errors
    /// `not-found`, `too-large`, `unavailable`.
    fn file_read(&self, path: &str) -> Result<Vec<u8>, Failure>;
}

/// Answers nothing: for runs without AWS and without a project folder.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLookups;

fn unavailable() -> Failure {
    Failure::new("unavailable", "nothing can be looked up in this run")
}

impl Lookups for NoLookups {
    fn parameter_names(&self, _: &str, _: Option<&str>, _: u32) -> Result<Vec<String>, Failure> {
        Err(unavailable())
    }
    fn parameter_arn(&self, _: &str) -> Result<Option<String>, Failure> {
        Err(unavailable())
    }
    fn parameter_kind(&self, _: &str) -> Result<Option<String>, Failure> {
        Err(unavailable())
    }
    fn parameter_value(&self, _: &str) -> Result<Option<String>, Failure> {
        Err(unavailable())
    }
    fn secret_names(&self, _: &str, _: Option<&str>, _: u32) -> Result<Vec<String>, Failure> {
        Err(unavailable())
    }
    fn secret_arn(&self, _: &str) -> Result<Option<String>, Failure> {
        Err(unavailable())
    }
    fn secret_keys(&self, _: &str) -> Result<Vec<String>, Failure> {
        Err(unavailable())
    }
    fn image_digest(&self, _: &str) -> Result<String, Failure> {
        Err(unavailable())
    }
    fn file_entries(&self, _: &str, _: Option<&str>, _: u32) -> Result<Vec<String>, Failure> {
        Err(unavailable())
    }
    fn file_read(&self, _: &str) -> Result<Vec<u8>, Failure> {
        Err(unavailable())
    }
}
