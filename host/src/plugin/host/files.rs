//! `acetate:plugin/files`: the project folder, read only.

use crate::edit::Failure;
use crate::plugin::bindings::files;
use crate::plugin::lookups::{Question, Reply};
use crate::plugin::state::{Answer, State};

impl files::Host for State {
    fn entries(
        &mut self,
        folder: String,
        after: Option<String>,
        limit: u32,
    ) -> Answer<Vec<String>> {
        self.look_up_entries((folder, after, limit))
    }

    fn read(&mut self, path: String) -> Answer<Vec<u8>> {
        self.look_up(&Question::FileRead(path), Reply::bytes)
    }

    fn read_text(&mut self, path: String) -> Answer<String> {
        let not_text = Failure::new("invalid", format!("`{path}` is not UTF-8"));
        self.look_up(&Question::FileRead(path), |reply| {
            String::from_utf8(reply.bytes()?).map_err(|_| not_text)
        })
    }
}
