//! `plugin inspect`: what a component is, asks for and imports, without running it.

use acetate::plugin::{self, Limits, PluginSource, Runtime};
use serde_json::json;

use crate::support::World;
use crate::support::component::with_manifest;
use crate::support::guests::guest;

fn world(component: &[u8]) -> World {
    let world = World::new();
    std::fs::write(world.path().join("guest.wasm"), component).expect("it can be written");
    world
}

const INSPECT: [&str; 3] = ["plugin", "inspect", "guest.wasm"];

const MANIFEST: &str = "
name = 'otel'
version = '1.2.3'
description = 'Tells every container where the collector is'
licence = 'Apache-2.0'
kind = 'overlay'
interface = '0.1.0'
edits = ['env:*:OTEL_*']
[capabilities]
parameters = 'finds the endpoint'
[config]
type = 'object'
required = ['endpoint']
properties.endpoint = { type = 'string', description = 'where it listens' }
properties.level = { enum = ['info', 'debug'], default = 'info' }
";

/// The lines that tell this.
fn lines<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(name));
    let first = lines.next();
    let more = lines.take_while(|line| line.starts_with(' '));
    first.into_iter().chain(more).collect()
}

#[test]
fn all_of_a_manifest_is_told_and_the_lines_to_paste() {
    let Some(component) = guest("wasi") else {
        return;
    };
    let text = world(&with_manifest(component, MANIFEST))
        .run(&INSPECT)
        .expect(0)
        .stdout;
    let told = |name: &str| lines(&text, name).join("\n");
    insta::assert_snapshot!(["plugin", "about", "licence", "kind", "interface", "edits", "asks for", "config", "empty WASI", "look at"].map(told).join("\n"), @r#"
    plugin             otel 1.2.3
    about              Tells every container where the collector is
    licence            Apache-2.0
    kind               overlay
    interface          0.1.0 (this acetate serves 0.1.0)
    edits              env:*:OTEL_*
    asks for           parameters: finds the endpoint
    config             endpoint: string, required (where it listens)
                       level: info | debug, default "info"
    empty WASI         wasi:cli/environment@0.2.6: nothing of this machine
                       wasi:cli/exit@0.2.6: nothing of this machine
                       wasi:cli/stderr@0.2.6: nothing of this machine
                       wasi:cli/stdin@0.2.6: nothing of this machine
                       wasi:cli/stdout@0.2.6: nothing of this machine
                       wasi:clocks/monotonic-clock@0.2.6: nothing of this machine
                       wasi:clocks/wall-clock@0.2.6: nothing of this machine
                       wasi:filesystem/preopens@0.2.6: nothing of this machine
                       wasi:filesystem/types@0.2.6: nothing of this machine
                       wasi:http/outgoing-handler@0.2.6: nothing of this machine
                       wasi:io/error@0.2.6: nothing of this machine
                       wasi:io/poll@0.2.6: nothing of this machine
                       wasi:io/streams@0.2.6: nothing of this machine
                       wasi:random/insecure-seed@0.2.6: nothing of this machine
                       wasi:random/random@0.2.6: nothing of this machine
                       wasi:sockets/instance-network@0.2.6: nothing of this machine
                       wasi:sockets/tcp-create-socket@0.2.6: nothing of this machine
    look at            it asks for `parameters` and does not import it
    "#);
    let (_, paste) = text
        .split_once("acetate.toml:\n\n")
        .expect("the lines to paste");
    insta::assert_snapshot!(paste, @r#"
    [overlays.otel]
    plugin = "path:guest.wasm"
    allow  = ["env:*:OTEL_*"]
    grant  = { parameters = [] }    # name what it may see, by pattern
    "#);
    insta::assert_snapshot!(["level", "if granted"].map(told).join("\n"), @r"
    level              influence
    if granted         env:*:OTEL_* (influence): sets variables `OTEL_*` of every container
                       parameters: sees names, ARNs and kinds of parameters: those that `grant` names
    ");
    let whole = format!("template = \"file:t.json\"\nfamily = \"f\"\n{paste}");
    acetate::config::Config::parse(&whole, "acetate.toml").expect("they are a configuration");
}

#[test]
fn json_has_imports_with_their_functions_and_who_made_it() {
    let Some(component) = guest("overlay") else {
        return;
    };
    let told = world(&component).run(&[&INSPECT[..], &["--format", "json"]].concat());
    let told = told.expect(0).json();
    let functions = |interface: &str| {
        let imports = told["imports"].as_array().expect("a list").iter();
        let mut found = imports.filter(|i| i["interface"] == interface);
        found.next().map(|import| import["functions"].clone())
    };
    assert_eq!(
        functions("acetate:plugin/parameters@0.1.0"),
        Some(json!(["names"]))
    );
    assert_eq!(told["kind"], "overlay");
    assert_eq!(told["wasi"], json!([]));
    assert_eq!(
        told["disagreements"],
        json!(["it has no manifest: its configuration is not checked"])
    );
    let made = told["producers"]["processed-by"].to_string();
    assert!(
        made.contains("rustc") && made.contains("wit-component"),
        "{made}"
    );
}

/// What it says of a component is what loading it says.
#[test]
fn it_refuses_what_does_not_load_and_nothing_else() {
    let Some(overlay) = guest("overlay") else {
        return;
    };
    let (both, other, newer) = (guest("both"), guest("other"), guest("newer"));
    let built = "it was built before";
    let manifest = |kind: &str, interface: &str, rest: &str| {
        let text = format!(
            "name = 'x'\nversion = '1.2.3'\nkind = '{kind}'\ninterface = '{interface}'\n{rest}"
        );
        with_manifest(overlay.clone(), &text)
    };
    let runtime = Runtime::new().expect("wasmtime runs here");
    for (component, told) in [
        (overlay.clone(), None),
        (newer.expect(built), None),
        (manifest("overlay", "0.1.0", ""), None),
        (
            both.expect(built),
            Some("it exports both `overlay` and `policy`"),
        ),
        (
            other.expect(built),
            Some("it needs `acme:shell/run@1.0.0`, which is not served"),
        ),
        (
            manifest("policy", "0.1.0", ""),
            Some("its manifest says policy, and it exports overlay"),
        ),
        (
            manifest("overlay", "0.2.0", ""),
            Some("it is made for `acetate:plugin` 0.2.0"),
        ),
        (
            manifest("overlay", "0.1.0", "[capabilities]\nmoon = 'tides'"),
            Some("it asks for the capability `moon`, which is none"),
        ),
        (b"hello".to_vec(), Some("is no plugin")),
        (
            b"\0asm\x01\0\0\0".to_vec(),
            Some("it is a core module, not a component"),
        ),
        (overlay[..overlay.len() / 2].to_vec(), Some("is no plugin")),
    ] {
        let ran = world(&component).run(&INSPECT);
        let source = PluginSource::Component {
            name: "guest".to_owned(),
            bytes: component,
        };
        let loaded = plugin::load(&runtime, source, &Limits::default());
        assert_eq!(loaded.is_ok(), told.is_none(), "{ran}");
        let ran = ran.expect(if told.is_none() { 0 } else { 1 });
        assert!(ran.stderr.contains(told.unwrap_or_default()), "{ran}");
    }
}

#[test]
fn where_manifest_and_imports_disagree_is_told() {
    let Some(overlay) = guest("overlay") else {
        return;
    };
    let manifest = "name = 'x'\nversion = '1.2.3'\nkind = 'overlay'\ninterface = '0.1.0'\n\
        [capabilities]\nimages = 'pins'\nfiles = 'reads'\n";
    let told = world(&with_manifest(overlay, manifest))
        .run(&INSPECT)
        .expect(0);
    insta::assert_snapshot!(lines(&told.stdout, "look at").join("\n"), @r"
    look at            it imports `parameters` and does not ask for it: every call is refused
                       it asks for `images` and does not import it
    ");
}

#[test]
fn what_a_stranger_wrote_is_shown_and_not_obeyed() {
    let Some(overlay) = guest("overlay") else {
        return;
    };
    let manifest = "name = 'x'\nversion = '1'\nkind = 'overlay'\ninterface = '0.1.0'\n\
        description = \"\\u001b[2J\\n::add-mask::x\\n##[error]no\"\n\
        edits = [\"env:*:A\\\"]\\n[deploy]\\nstamp = 'none'\"]\n[capabilities]\nfiles = \"\\u001b]0;x\\u0007\"\n";
    let named = manifest.replace("'x'", "\"x\\\"]\\u001b[2J\"");
    let refused = world(&with_manifest(overlay.clone(), &named))
        .run(&INSPECT)
        .expect(1);
    assert!(refused.stderr.contains("`name` is made of"), "{refused}");
    let ran = world(&with_manifest(overlay, manifest))
        .run(&INSPECT)
        .expect(0);
    assert!(
        !ran.stdout.chars().any(|c| c.is_control() && c != '\n'),
        "{ran}"
    );
    assert!(
        !ran.stdout
            .lines()
            .any(|line| line.trim_start().starts_with("::")),
        "{ran}"
    );
    assert!(!ran.stdout.contains("##["), "{ran}");
    let (_, paste) = ran
        .stdout
        .split_once("acetate.toml:\n\n")
        .expect("the lines to paste");
    let pasted: toml::Table = paste.parse().expect("it is TOML");
    assert_eq!(pasted.keys().collect::<Vec<_>>(), ["overlays"]);
}

#[test]
fn the_built_in_plugin_asks_for_what_it_imports() {
    let ran = World::new()
        .run(&["plugin", "inspect", "builtin:standard"])
        .expect(0);
    assert!(ran.stdout.contains("manifest and imports agree"), "{ran}");
    let told = "at work wherever there is one of [containers]";
    assert!(ran.stdout.contains(told), "{ran}");
}
