//! `acetate:plugin/diagnostics`: what the plugin says. It is escaped where it is printed. These
//! calls are not kept as the last ones: what they say is told anyway.

use crate::event::{Diagnostic, Severity};
use crate::plugin::bindings::diagnostics;
use crate::plugin::entry::Traced;
use crate::plugin::state::{State, bounded};

impl diagnostics::Host for State {
    fn report(
        &mut self,
        severity: String,
        code: String,
        message: String,
        address: Option<String>,
    ) -> wasmtime::Result<()> {
        let place = address.as_deref().unwrap_or_default();
        self.meter
            .call(severity.len() + code.len() + message.len() + place.len())?;
        self.meter
            .message(code.len() + message.len() + place.len())?;
        let severity = match severity.as_str() {
            "info" => Severity::Info,
            "error" => Severity::Error,
            _ => Severity::Warning,
        };
        self.reported.push(Diagnostic {
            severity,
            code: bounded(code),
            message: bounded(message),
            address: address.map(bounded),
            source: self.entry.id.clone(),
            hint: None,
        });
        Ok(())
    }

    fn trace(&mut self, level: String, message: String) -> wasmtime::Result<()> {
        self.meter.call(level.len() + message.len())?;
        self.meter.message(level.len() + message.len())?;
        self.traced.push(Traced {
            level: bounded(level),
            message: bounded(message),
        });
        Ok(())
    }
}
