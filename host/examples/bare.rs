//! The least that anyone could do: wasmtime loads the built-in plugin and calls it once.
//!
//! It is what `benches/figures.rs` holds `acetate render` against: the same engine configuration,
//! the same compiled plugin, the configuration of examples/quick-start, and answers that are
//! constants. No AWS, no command line, no configuration file, no document.

use wasmtime::component::{Component, ComponentType, Lift, Linker, LinkerInstance, Lower};
use wasmtime::{Engine, Result, Store, StoreContextMut};

use acetate::plugin::engine::{Compiler, engine_config};

/// The plugin as `build.rs` compiled it: the very bytes that are in acetate.
const PLUGIN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/standard.cwasm"));

/// What examples/quick-start/acetate.toml says, with `--set image=app:1`.
const CONFIGURATION: &str = r#"{"containers":{"app":{"image":"app:1","env":{"LOG_LEVEL":"info"},"secrets":{"DATABASE_URL":"secretsmanager:prod/web/db#url","API_KEY":"ssm:/prod/web/api-key"}}}}"#;

const PARAMETER: &str = "arn:aws:ssm:eu-west-1:111111111111:parameter/prod/web/api-key";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/web/db-AbCdEf";

/// Edits that were made.
type Edits = u32;

#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Failure {
    code: String,
    message: String,
    address: Option<String>,
    hint: Option<String>,
    details: Option<String>,
}

#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Entry {
    name: String,
    value: String,
}

type Answer<T> = Result<(std::result::Result<T, Failure>,)>;

/// Engine, plugin, one call.
pub fn main() -> Result<()> {
    let config = engine_config(env!("ACETATE_TARGET"), Compiler::Cranelift)?;
    let engine = Engine::new(&config)?;
    let component = plugin(&engine)?;
    let mut linker = Linker::new(&engine);
    what_is_read(&mut linker)?;
    what_is_looked_up(&mut linker)?;
    what_is_edited(&mut linker)?;
    linker.define_unknown_imports_as_traps(&component)?;

    let mut store = Store::new(&engine, 0);
    store.set_fuel(u64::MAX)?;
    store.set_epoch_deadline(u64::MAX);
    let instance = linker.instantiate(&mut store, &component)?;
    let apply = instance
        .get_export_index(&mut store, None, "acetate:plugin/overlay@0.1.0")
        .and_then(|overlay| instance.get_export_index(&mut store, Some(&overlay), "apply"))
        .expect("an overlay exports `apply`");
    let apply =
        instance.get_typed_func::<(), (std::result::Result<(), Failure>,)>(&mut store, apply)?;
    let (applied,) = apply.call(&mut store, ())?;
    assert!(applied.is_ok(), "the plugin took its configuration");
    assert_eq!(*store.data(), 4, "an image, a variable, two secrets");
    Ok(())
}

#[expect(
    unsafe_code,
    reason = "loading native code that this very build compiled"
)]
fn plugin(engine: &Engine) -> Result<Component> {
    // SAFETY: `deserialize` runs the bytes as native code. They are a part of this executable,
    // made by the build script of its package with the same wasmtime.
    unsafe { Component::deserialize(engine, PLUGIN) }
}

fn what_is_read(linker: &mut Linker<Edits>) -> Result<()> {
    let mut root = linker.root();
    root.instance("acetate:plugin/config@0.1.0")?
        .func_wrap("json", |_, (): ()| Ok((CONFIGURATION.to_owned(),)))?;
    let mut task = root.instance("acetate:plugin/task@0.1.0")?;
    task.func_wrap("containers", |_, (): ()| Ok((vec!["app".to_owned()],)))?;
    task.func_wrap("environment", |_, (_,): (String,)| -> Answer<Vec<Entry>> {
        let (name, value) = ("PORT".to_owned(), "8080".to_owned());
        Ok((Ok(vec![Entry { name, value }]),))
    })?;
    task.func_wrap("secrets", |_, (_,): (String,)| -> Answer<Vec<Entry>> {
        Ok((Ok(Vec::new()),))
    })
}

fn what_is_looked_up(linker: &mut Linker<Edits>) -> Result<()> {
    let mut root = linker.root();
    for (interface, arn) in [
        ("acetate:plugin/parameters@0.1.0", PARAMETER),
        ("acetate:plugin/secret-names@0.1.0", SECRET),
    ] {
        root.instance(interface)?
            .func_wrap("arn", move |_, (_,): (String,)| -> Answer<Option<String>> {
                Ok((Ok(Some(arn.to_owned())),))
            })?;
    }
    Ok(())
}

fn what_is_edited(linker: &mut Linker<Edits>) -> Result<()> {
    let mut root = linker.root();
    let mut edit: LinkerInstance<'_, Edits> = root.instance("acetate:plugin/edit@0.1.0")?;
    edit.func_wrap(
        "set-image",
        |store: StoreContextMut<'_, Edits>, _: (String, String)| edited(store),
    )?;
    for name in ["set-env", "set-secret"] {
        edit.func_wrap(
            name,
            |store: StoreContextMut<'_, Edits>, _: (String, String, String)| edited(store),
        )?;
    }
    Ok(())
}

fn edited(mut store: StoreContextMut<'_, Edits>) -> Answer<()> {
    *store.data_mut() += 1;
    Ok((Ok(()),))
}
