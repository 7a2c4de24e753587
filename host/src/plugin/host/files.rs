//! `acetate:plugin/files`: the project folder, read only.

use crate::edit::Failure;
use crate::plugin::bindings::files;
use crate::plugin::grants::plain_path;
use crate::plugin::state::{Answer, State};

impl files::Host for State {
    fn entries(
        &mut self,
        folder: String,
        after: Option<String>,
        limit: u32,
    ) -> Answer<Vec<String>> {
        if !folder.is_empty()
            && let Err(failure) = plain_path(&folder)
        {
            return self.answer(Err(failure));
        }
        self.look_up_list("files", (&folder, after, limit), |lookups, after, limit| {
            lookups.file_entries(&folder, after, limit)
        })
    }

    fn read(&mut self, path: String) -> Answer<Vec<u8>> {
        self.look_up("files", &path, |lookups| {
            plain_path(&path)?;
            lookups.file_read(&path)
        })
    }

    fn read_text(&mut self, path: String) -> Answer<String> {
        self.look_up("files", &path, |lookups| {
            plain_path(&path)?;
            String::from_utf8(lookups.file_read(&path)?)
                .map_err(|_| Failure::new("invalid", format!("`{path}` is not UTF-8")))
        })
    }
}
