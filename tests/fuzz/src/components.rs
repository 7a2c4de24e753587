//! A component that anybody may have made.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use acetate::overlay::{Allow, Session};
use acetate::plugin::inspect::inspect;
use acetate::plugin::{
    EntryInput, Kind, Limits, NoLookups, Plugin, PluginSource, Runtime, load, run_overlay,
    run_policy,
};
use acetate::task_definition::TaskDefinition;
use arbitrary::Unstructured;
use serde_json::json;
use wasm_smith::{Component, Config, Module};

/// The first byte says whose the rest is: the component itself, or what one is generated from.
pub fn components(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else {
        return;
    };
    let generated = match choice % 4 {
        0 => Some(rest.to_vec()),
        1 => any_component(rest),
        _ => plugin(rest),
    };
    if let Some(component) = generated {
        look(component);
    }
}

fn any_component(bytes: &[u8]) -> Option<Vec<u8>> {
    let component = Component::new(Config::default(), &mut Unstructured::new(bytes)).ok()?;
    Some(component.to_bytes())
}

/// A plugin around a generated module: it may call the host, with what it finds in memory.
fn plugin(bytes: &[u8]) -> Option<Vec<u8>> {
    let shell = &*SHELL;
    let config = Config {
        available_imports: Some(shell.module.clone()),
        exports: Some(shell.module.clone()),
        min_imports: 1,
        max_instructions: 400,
        max_memories: 4,
        max_memory32_bytes: 64 << 20,
        // What the engine does not have.
        memory64_enabled: false,
        threads_enabled: false,
        gc_enabled: false,
        reference_types_enabled: false,
        exceptions_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        ..Config::default()
    };
    let module = Module::new(config, &mut Unstructured::new(bytes)).ok()?;
    Some(shell.around(&module.to_bytes()))
}

/// What is looked at before anybody trusts it, and what happens to who does.
fn look(bytes: Vec<u8>) {
    let source = |bytes| PluginSource::Component {
        name: "fuzzed".to_owned(),
        bytes,
    };
    let inspected = inspect(source(bytes.clone()));
    let runtime = Runtime::new().expect("wasmtime runs here");
    let loaded = load(&runtime, source(bytes), &limits());
    match (inspected, loaded) {
        (Ok(inspected), Ok(plugin)) => {
            assert_eq!(inspected.refusals(), [""; 0], "it loads all the same");
            let _ = (inspected.disagreements(), inspected.imported_capabilities());
            run(&plugin);
        }
        (Err(error), Ok(_)) => panic!("it loads, and cannot be inspected: {error}"),
        (_, Err(_)) => {}
    }
}

fn run(plugin: &Plugin) {
    let template = template();
    let mut session = Session::new(template.clone(), "web");
    let entry = EntryInput {
        id: "fuzzed".to_owned(),
        config: json!({}),
        allow: Allow::parse(["tags:*", "env:app:*"]).expect("they are lines"),
        ..EntryInput::default()
    };
    let lookups = Arc::new(NoLookups);
    let ended = match plugin.kind {
        Kind::Overlay => run_overlay(plugin, &mut session, &entry, lookups, &limits()),
        Kind::Policy => {
            let overlaid = session.overlaid().clone();
            run_policy(plugin, &overlaid, &template, &entry, lookups, &limits())
        }
    };
    if ended.is_err() {
        let overlaid = session.finish();
        assert_eq!(overlaid.definition, template, "all or nothing");
        assert!(overlaid.edits.is_empty() && overlaid.claims.iter().count() == 0);
    }
}

fn template() -> TaskDefinition {
    TaskDefinition::new(json!({
        "family": "infra",
        "containerDefinitions": [{ "name": "app", "image": "app:1" }],
    }))
    .expect("it is an object")
}

/// Small, so that nothing takes long.
fn limits() -> Limits {
    Limits {
        fuel: 100_000,
        wall: Duration::from_secs(2),
        memory: 4 << 20,
        table_elements: 10_000,
        edits: 50,
        edit_bytes: 64 << 10,
        calls: 500,
        total_bytes: 1 << 20,
        ..Limits::default()
    }
}

/// A plugin without its module.
struct Shell {
    before: Vec<u8>,
    module: Vec<u8>,
    after: Vec<u8>,
}

/// Its main module stands in it as an example, of which a generated one has imports and exports.
static SHELL: LazyLock<Shell> = LazyLock::new(|| {
    let module = wat::parse_str(include_str!("main.wat")).expect("it is a module");
    let text = include_str!("shell.wat").replace("(; main.wat ;)", include_str!("main.wat"));
    let text = text.replacen("(module $main", "(core module $main", 1);
    let component = wat::parse_str(text).expect("it is a component");
    // The example's section: its number, its length, and the module itself.
    let found = component
        .windows(module.len())
        .position(|window| window == module)
        .expect("it is in there as it is");
    let mut length = Vec::new();
    leb128(&mut length, module.len());
    Shell {
        before: component[..found - length.len()].to_vec(),
        after: component[found + module.len()..].to_vec(),
        module,
    }
});

impl Shell {
    fn around(&self, module: &[u8]) -> Vec<u8> {
        let mut component = self.before.clone();
        leb128(&mut component, module.len());
        component.extend(module);
        component.extend(&self.after);
        component
    }
}

/// A length as WebAssembly writes it.
fn leb128(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
