//! `acetate:plugin/template`: the template as it came, and who set what since.

use crate::plugin::bindings::template;
use crate::plugin::state::{Answer, State};

impl template::Host for State {
    fn json(&mut self, address: String) -> Answer<Option<String>> {
        self.count("template.json", &[&address])?;
        let part = self.draft.template_json(&address);
        self.answer(part)
    }

    fn origin(&mut self, address: String) -> Answer<Option<String>> {
        self.count("template.origin", &[&address])?;
        let who = self.draft.origin(&address);
        self.answer(who)
    }
}
