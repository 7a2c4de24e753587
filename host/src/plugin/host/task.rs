//! `acetate:plugin/task`: the document as the plugin may see it.

use super::entries;
use crate::plugin::bindings::{task, types};
use crate::plugin::state::{Answer, State};

impl task::Host for State {
    fn family(&mut self) -> wasmtime::Result<String> {
        self.count("task.family", &[])?;
        let family = self.draft.family().to_owned();
        self.give(family)
    }

    fn containers(&mut self) -> wasmtime::Result<Vec<String>> {
        self.count("task.containers", &[])?;
        let names = self.draft.containers();
        self.give(names)
    }

    fn volumes(&mut self) -> wasmtime::Result<Vec<String>> {
        self.count("task.volumes", &[])?;
        let names = self.draft.volumes();
        self.give(names)
    }

    fn image(&mut self, container: String) -> Answer<Option<String>> {
        self.count("task.image", &[&container])?;
        let image = self.draft.image(&container);
        self.answer(image)
    }

    fn environment(&mut self, container: String) -> Answer<Vec<types::Entry>> {
        self.count("task.environment", &[&container])?;
        let variables = self.draft.environment(&container).map(entries);
        self.answer(variables)
    }

    fn secrets(&mut self, container: String) -> Answer<Vec<types::Entry>> {
        self.count("task.secrets", &[&container])?;
        let secrets = self.draft.secrets(&container).map(entries);
        self.answer(secrets)
    }

    fn tags(&mut self) -> wasmtime::Result<Vec<types::Entry>> {
        self.count("task.tags", &[])?;
        let tags = entries(self.draft.tags());
        self.give(tags)
    }

    fn json(&mut self, address: String) -> Answer<Option<String>> {
        self.count("task.json", &[&address])?;
        let part = self.draft.json(&address);
        self.answer(part)
    }
}
