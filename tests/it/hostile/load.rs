//! What is no plugin is refused at load, and brings nothing down: cut, flipped, huge, deep.

use super::*;
use crate::support::component::{component_of, leb128, with_manifest};
use crate::support::guests::guest;

/// A small generator of numbers: the same positions in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % end
    }
}

/// A plugin of a few hundred bytes: it compiles in no time.
fn small() -> Vec<u8> {
    component_of(
        r#"(module
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
            (func (export "acetate:plugin/overlay@0.1.0#apply") (result i32) i32.const 0))"#,
        "overlay-plugin",
    )
}

/// Loads, and runs what loads: an error or none, but always an end.
fn survive(bytes: Vec<u8>) -> bool {
    let Ok(plugin) = load(bytes) else {
        return false;
    };
    let mut session = Session::new(template(), "web");
    let limits = Limits {
        fuel: 10_000_000,
        ..Limits::default()
    };
    drop(run(&plugin, &mut session, json!({ "do": "" }), &limits));
    true
}

#[test]
fn a_component_that_was_cut_is_none() {
    let whole = small();
    assert!(survive(whole.clone()));
    // Without its last sections, which are for people, it is one still.
    let loaded = (0..whole.len()).filter(|length| survive(whole[..*length].to_vec()));
    assert!(loaded.count() < 4);
}

#[test]
fn a_component_with_a_flipped_bit_brings_nothing_down() {
    let whole = small();
    let mut loaded = 0;
    for at in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        loaded += usize::from(survive(flipped));
    }
    assert!(loaded < whole.len() * 8);
    let Some(large) = guest("hostile") else {
        return;
    };
    let mut numbers = Numbers(7);
    for _ in 0..60 {
        let mut flipped = large.clone();
        for _ in 0..=numbers.below(3) {
            let at = numbers.below(flipped.len());
            flipped[at] ^= 1 << numbers.below(8);
        }
        survive(flipped);
    }
    for _ in 0..60 {
        survive(large[..numbers.below(large.len())].to_vec());
    }
}

#[test]
fn a_component_of_200_mb_is_not_read() {
    let practice = Practice::new(&small());
    let file = std::fs::File::create(practice.place.path().join("bad.wasm")).unwrap();
    file.set_len(200 << 20).unwrap();
    let ended = practice.refuses("200 MB", &json!({}), 1, "limit `component-bytes`");
    assert!(ended.peak < 128 * MEBIBYTE, "{}", ended.peak);
}

/// Endless zeros on standard input: no more of them is read than shows that they are too many.
#[test]
fn an_endless_component_on_standard_input_is_not_read_to_its_end() {
    let practice = Practice::new(&small());
    std::fs::write(
        practice.place.path().join("t.json"),
        template().value().to_string(),
    )
    .unwrap();
    let run = [
        "plugin",
        "run",
        "-",
        "--template",
        "t.json",
        "--limit",
        "component-bytes=8MiB",
    ];
    let inspect = ["plugin", "inspect", "-"];
    for (arguments, used, most) in [
        (run.as_slice(), "used 8388609 of 8388608 bytes", 192),
        (inspect.as_slice(), "used 268435457 of 268435456 bytes", 640),
    ] {
        let zeros = std::fs::File::open("/dev/zero").unwrap();
        let ended = watch_reading(&practice.place, arguments, zeros.into());
        tell(&format!("endless, {}", arguments[1]), "refused", &ended);
        let ran = ended.ran.expect(1);
        let words = format!("{used} of the component: limit `component-bytes`");
        assert!(ran.stderr.contains(&words), "{ran}");
        assert!(
            ended.took < SOON && ended.peak < most * MEBIBYTE,
            "{}",
            ended.peak
        );
    }
}

#[test]
fn what_is_no_regular_file_is_not_read() {
    let practice = Practice::new(&small());
    std::fs::remove_file(practice.place.path().join("bad.wasm")).unwrap();
    std::fs::create_dir(practice.place.path().join("bad.wasm")).unwrap();
    practice.refuses("a folder", &json!({}), 1, "cannot be read");
}

#[test]
fn a_core_module_is_no_component() {
    let told = |bytes: &[u8]| load(bytes.to_vec()).map(|_| ()).unwrap_err();
    let module = told(b"\0asm\x01\0\0\0");
    assert!(
        module.contains("`p` is no plugin") && module.contains("module"),
        "{module}"
    );
    for bytes in [b"".as_slice(), b"\0asm", b"\x7fELF", b"(component)"] {
        assert!(told(bytes).starts_with("`p` is no plugin: "), "{bytes:?}");
    }
}

/// What a component or a module begins with.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// A section of this kind.
fn section(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut section = vec![kind];
    leb128(&mut section, content.len());
    section.extend(content);
    section
}

/// Components in one another.
fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(COMPONENT.to_vec(), |inner, _| {
        [COMPONENT, &section(4, &inner)].concat()
    })
}

/// A component that instantiates one that instantiates another twice, and so on: some hundred
/// bytes, and an instance for each of 2^steps places. `first` is its place among the components.
fn doubled(steps: u8, first: u8) -> Vec<u8> {
    let innermost = [COMPONENT, &section(1, MODULE), &section(2, &[1, 0, 0, 0])].concat();
    let mut sections = section(4, &innermost);
    for step in 0..steps {
        let alias = section(6, &[1, 4, 2, 1, first + step]);
        let twice = section(5, &[2, 0, 0, 0, 0, 0, 0]);
        sections.extend(section(4, &[COMPONENT, &alias, &twice].concat()));
    }
    sections.extend(section(5, &[1, 0, first + steps, 0]));
    sections
}

/// A module of this many globals.
fn globals(count: usize) -> Vec<u8> {
    let mut globals = Vec::new();
    leb128(&mut globals, count);
    globals.extend(b"\x7f\x00\x41\x00\x0b".repeat(count));
    section(1, &[MODULE, &section(6, &globals)].concat())
}

/// Plugins that are valid, and made to take a long time or much room to compile.
#[test]
fn structures_that_explode_are_refused_in_time() {
    let beside = |more: Vec<u8>| [small(), more].concat();
    assert!(survive(beside(doubled(3, 1))), "that much is harmless");
    for (name, component) in [
        ("instances, doubled 40 times", beside(doubled(40, 1))),
        (
            "5000 components in one another",
            beside(section(4, &nested(5000))),
        ),
        ("1000001 globals", beside(globals(1_000_001))),
    ] {
        let practice = Practice::new(&component);
        practice.refuses(name, &json!({}), 1, "`bad.wasm`");
    }
}

#[test]
fn to_inspect_takes_no_longer() {
    let practice = Practice::new(&[small(), section(4, &nested(20_000))].concat());
    let ended = watch(&practice.place, &["plugin", "inspect", "bad.wasm"]);
    tell("20000 in one another, inspected", "refused", &ended);
    let ran = ended.ran.expect(1);
    assert!(ran.stderr.contains("more than 100 in one another"), "{ran}");
    assert!(ended.took < SOON / 12 && ended.peak < 128 * MEBIBYTE);
}

#[test]
fn of_another_interface_version() {
    for (version, served) in [
        ("0.0.9", false),
        ("0.1.0", true),
        ("0.1.99", true),
        ("0.2.0", false),
        ("1.0.0", false),
    ] {
        let text = format!(
            r#"(component
                (import "acetate:plugin/task@{version}" (instance (export "family" (func (result string)))))
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                (func $f (canon lift (core func $i "f")))
                (instance $o (export "apply" (func $f)))
                (export "acetate:plugin/overlay@{version}" (instance $o)))"#
        );
        let told = load(wat::parse_str(&text).unwrap()).map(|_| ());
        match told {
            Ok(()) => assert!(served, "{version}"),
            Err(told) => {
                assert!(!served, "{version}: {told}");
                assert!(told.contains("which acetate"), "{version}: {told}");
            }
        }
    }
}

#[test]
fn an_export_that_is_not_what_it_should_be_ends_the_run() {
    for (name, lifted) in [
        (
            "takes a number",
            "(func $f (param \"x\" u32) (canon lift (core func $i \"f\")))",
        ),
        (
            "gives nothing",
            "(func $f (canon lift (core func $i \"g\")))",
        ),
    ] {
        let text = format!(
            r#"(component
                (core module $m (func (export "f") (param i32)) (func (export "g")))
                (core instance $i (instantiate $m))
                {lifted}
                (instance $o (export "apply" (func $f)))
                (export "acetate:plugin/overlay@0.1.0" (instance $o)))"#
        );
        let plugin = load(wat::parse_str(&text).unwrap()).expect(name);
        let mut session = Session::new(template(), "web");
        let told = run(&plugin, &mut session, json!({}), &Limits::default()).unwrap_err();
        assert!(told.contains("crashed"), "{name}: {told}");
    }
}

#[test]
fn a_manifest_that_lies_about_imports_is_told() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let lie = "name = 'liar'\nversion = '1.0.0'\nkind = 'overlay'\ninterface = '9.9.9'\n";
    let practice = Practice::new(&with_manifest(component, lie));
    let words =
        "plugin `liar 1.0.0` needs `acetate:plugin` 9.9.9, which acetate 0.1.0 does not serve";
    practice.refuses("a manifest of 9.9.9", &json!({}), 1, words);
}
