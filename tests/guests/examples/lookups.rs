//! An overlay that looks up what its configuration lists, tells each reply, and keeps it as a
//! variable of the container where it may.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({ path: "../../wit", world: "overlay-plugin" });

use acetate::plugin::types::Failure;
use acetate::plugin::{
    config, diagnostics, edit, files, images, parameter_values, parameters, secret_keys,
    secret_names, task,
};

struct Lookups;

impl exports::acetate::plugin::overlay::Guest for Lookups {
    /// `ask = [{ call = "parameters.names", of = "/web/", after = "/web/a", limit = 2 }]`.
    fn apply() -> Result<(), Failure> {
        for at in 0.. {
            let text = |name: &str| config::get(&format!("/ask/{at}/{name}"));
            let Some(call) = text("call")? else { break };
            let of = text("of")?.unwrap_or_default();
            let limit = text("limit")?.and_then(|limit| limit.parse().ok());
            let told = match ask(&call, &of, text("after")?, limit.unwrap_or(0)) {
                Ok(reply) => reply,
                Err(failure) => {
                    let hint = failure.hint.unwrap_or_default();
                    format!("{}: {} | {hint}", failure.code, failure.message)
                }
            };
            diagnostics::trace("info", &format!("{call} {of} -> {told}"));
            if config::get("/keep")?.as_deref() == Some("true") {
                let container = task::containers().remove(0);
                edit::set_env(&container, &format!("REPLY_{at}"), &told)?;
            }
        }
        Ok(())
    }
}

export!(Lookups);

fn ask(call: &str, of: &str, after: Option<String>, limit: u32) -> Result<String, Failure> {
    let one = |found: Option<String>| found.unwrap_or_else(|| "none".to_owned());
    let many = |found: Vec<String>| found.join(" ");
    match call {
        "parameters.names" => parameters::names(of, after.as_deref(), limit).map(many),
        "parameters.arn" => parameters::arn(of).map(one),
        "parameters.kind" => parameters::kind(of).map(one),
        "parameter-values.get" => parameter_values::get(of).map(one),
        "secret-names.names" => secret_names::names(of, after.as_deref(), limit).map(many),
        "secret-names.arn" => secret_names::arn(of).map(one),
        "secret-keys.keys" => secret_keys::keys(of).map(many),
        "images.digest" => images::digest(of),
        "files.entries" => files::entries(of, after.as_deref(), limit).map(many),
        "files.read" => files::read(of).map(|bytes| format!("{bytes:?}")),
        "files.read-text" => files::read_text(of),
        other => Ok(format!("there is no call {other}")),
    }
}
