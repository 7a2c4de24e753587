//! `acetate:plugin/edit`: each call goes to the draft, which checks and records it.

use crate::overlay::{Call, HealthTimes};
use crate::plugin::bindings::edit;
use crate::plugin::state::{Answer, State};

impl edit::Host for State {
    fn set_image(&mut self, container: String, reference: String) -> Answer<()> {
        self.edit(Call::SetImage(container, reference))
    }

    fn set_env(&mut self, container: String, name: String, value: String) -> Answer<()> {
        self.edit(Call::SetEnv(container, name, value))
    }

    fn unset_env(&mut self, container: String, name: String) -> Answer<()> {
        self.edit(Call::UnsetEnv(container, name))
    }

    fn set_secret(&mut self, container: String, name: String, from: String) -> Answer<()> {
        self.edit(Call::SetSecret(container, name, from))
    }

    fn unset_secret(&mut self, container: String, name: String) -> Answer<()> {
        self.edit(Call::UnsetSecret(container, name))
    }

    fn add_container(&mut self, name: String, definition: String) -> Answer<()> {
        self.edit(Call::AddContainer(name, definition))
    }

    fn remove_container(&mut self, name: String) -> Answer<()> {
        self.edit(Call::RemoveContainer(name))
    }

    fn set_dependency(&mut self, container: String, on: String, until: String) -> Answer<()> {
        self.edit(Call::SetDependency(container, on, until))
    }

    fn set_log_driver(&mut self, container: String, driver: String) -> Answer<()> {
        self.edit(Call::SetLogDriver(container, driver))
    }

    fn set_log_option(&mut self, container: String, name: String, value: String) -> Answer<()> {
        self.edit(Call::SetLogOption(container, name, value))
    }

    fn set_log_secret(&mut self, container: String, name: String, from: String) -> Answer<()> {
        self.edit(Call::SetLogSecret(container, name, from))
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
        let times = HealthTimes {
            interval,
            timeout,
            retries,
            start_period,
        };
        self.edit(Call::SetHealthCheck(container, command, times))
    }

    fn add_volume(&mut self, name: String, definition: String) -> Answer<()> {
        self.edit(Call::AddVolume(name, definition))
    }

    fn add_mount(
        &mut self,
        container: String,
        volume: String,
        path: String,
        read_only: bool,
    ) -> Answer<()> {
        self.edit(Call::AddMount(container, volume, path, read_only))
    }

    fn set_label(&mut self, container: String, name: String, value: String) -> Answer<()> {
        self.edit(Call::SetLabel(container, name, value))
    }

    fn set_tag(&mut self, name: String, value: String) -> Answer<()> {
        self.edit(Call::SetTag(name, value))
    }

    fn set_json(&mut self, address: String, value: String) -> Answer<()> {
        self.edit(Call::SetJson(address, value))
    }

    fn remove(&mut self, address: String) -> Answer<()> {
        self.edit(Call::Remove(address))
    }
}
