//! `acetate:plugin/edit`: each call goes to the draft, which checks and records it.

use crate::overlay::HealthTimes;
use crate::plugin::bindings::edit;
use crate::plugin::state::{Answer, State};

impl edit::Host for State {
    fn set_image(&mut self, container: String, reference: String) -> Answer<()> {
        self.edit("set-image", &[&container, &reference], |draft| {
            draft.set_image(&container, &reference)
        })
    }

    fn set_env(&mut self, container: String, name: String, value: String) -> Answer<()> {
        self.edit("set-env", &[&container, &name, &value], |draft| {
            draft.set_env(&container, &name, &value)
        })
    }

    fn unset_env(&mut self, container: String, name: String) -> Answer<()> {
        self.edit("unset-env", &[&container, &name], |draft| {
            draft.unset_env(&container, &name)
        })
    }

    fn set_secret(&mut self, container: String, name: String, from: String) -> Answer<()> {
        self.edit("set-secret", &[&container, &name, &from], |draft| {
            draft.set_secret(&container, &name, &from)
        })
    }

    fn unset_secret(&mut self, container: String, name: String) -> Answer<()> {
        self.edit("unset-secret", &[&container, &name], |draft| {
            draft.unset_secret(&container, &name)
        })
    }

    fn add_container(&mut self, name: String, definition: String) -> Answer<()> {
        self.edit("add-container", &[&name, &definition], |draft| {
            draft.add_container(&name, &definition)
        })
    }

    fn remove_container(&mut self, name: String) -> Answer<()> {
        self.edit("remove-container", &[&name], |draft| {
            draft.remove_container(&name)
        })
    }

    fn set_dependency(&mut self, container: String, on: String, until: String) -> Answer<()> {
        self.edit("set-dependency", &[&container, &on, &until], |draft| {
            draft.set_dependency(&container, &on, &until)
        })
    }

    fn set_log_driver(&mut self, container: String, driver: String) -> Answer<()> {
        self.edit("set-log-driver", &[&container, &driver], |draft| {
            draft.set_log_driver(&container, &driver)
        })
    }

    fn set_log_option(&mut self, container: String, name: String, value: String) -> Answer<()> {
        self.edit("set-log-option", &[&container, &name, &value], |draft| {
            draft.set_log_option(&container, &name, &value)
        })
    }

    fn set_log_secret(&mut self, container: String, name: String, from: String) -> Answer<()> {
        self.edit("set-log-secret", &[&container, &name, &from], |draft| {
            draft.set_log_secret(&container, &name, &from)
        })
    }

    fn set_health_check(
        &mut self,
        container: String,
        command: Vec<String>,
        interval: u32,
        timeout: u32,
        retries: u32,
        start_period: u32,
    ) -> Answer<()> {
        let mut given = vec![container.as_str()];
        given.extend(command.iter().map(String::as_str));
        let times = HealthTimes {
            interval,
            timeout,
            retries,
            start_period,
        };
        self.edit("set-health-check", &given, |draft| {
            draft.set_health_check(&container, &command, times)
        })
    }

    fn add_volume(&mut self, name: String, definition: String) -> Answer<()> {
        self.edit("add-volume", &[&name, &definition], |draft| {
            draft.add_volume(&name, &definition)
        })
    }

    fn add_mount(
        &mut self,
        container: String,
        volume: String,
        path: String,
        read_only: bool,
    ) -> Answer<()> {
        self.edit("add-mount", &[&container, &volume, &path], |draft| {
            draft.add_mount(&container, &volume, &path, read_only)
        })
    }

    fn set_label(&mut self, container: String, name: String, value: String) -> Answer<()> {
        self.edit("set-label", &[&container, &name, &value], |draft| {
            draft.set_label(&container, &name, &value)
        })
    }

    fn set_tag(&mut self, name: String, value: String) -> Answer<()> {
        self.edit("set-tag", &[&name, &value], |draft| {
            draft.set_tag(&name, &value)
        })
    }

    fn set_json(&mut self, address: String, value: String) -> Answer<()> {
        self.edit("set-json", &[&address, &value], |draft| {
            draft.set_json(&address, &value)
        })
    }

    fn remove(&mut self, address: String) -> Answer<()> {
        self.edit("remove", &[&address], |draft| draft.remove(&address))
    }
}
