//! Components made by hand: several memories, tables, handles, instances, and lies that no
//! compiler tells.

use super::*;
use crate::support::component::component_of;

/// A plugin whose `apply` is this, in a module with this beside it.
fn plugin(beside: &str, apply: &str) -> Vec<u8> {
    let module = format!(
        r#"(module
            (import "acetate:plugin/diagnostics@0.1.0" "trace"
                (func $trace (param i32 i32 i32 i32)))
            (import "acetate:plugin/task@0.1.0" "family" (func $family (param i32)))
            (memory (export "memory") 1)
            {beside}
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (call $realloc (local.get 3)))
            (func (export "acetate:plugin/overlay@0.1.0#apply") (result i32)
                {apply}
                i32.const 0))"#
    );
    component_of(&module, "overlay-plugin")
}

const HONEST: &str = "(func $realloc (param i32) (result i32) i32.const 1024)";

#[test]
fn memories_and_tables_are_summed_over_the_instance() {
    let three = "(memory $a 1) (memory $b 1) (memory $c 1)";
    let grown = ["$a", "$b", "$c"].map(|memory| {
        // 100 MiB each; whoever is refused, traps.
        format!("(if (i32.eq (memory.grow {memory} (i32.const 1600)) (i32.const -1)) (then unreachable))")
    });
    let declared = "(memory 1600) (memory 1600) (memory 1600)";
    let tables = "(table 70000 funcref) (table 70000 funcref) (table 70000 funcref)";
    let table = "(table $t 1 funcref)";
    let growth = "(drop (table.grow $t (ref.null func) (i32.const 199000)))
                  (if (i32.eq (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)) (then unreachable))";
    for (name, beside, apply, limit) in [
        (
            "three memories, grown",
            three,
            grown.concat().as_str(),
            "memory",
        ),
        ("three memories, declared", declared, "", "memory"),
        ("three tables, declared", tables, "", "table-elements"),
        ("a table, grown", table, growth, "table-elements"),
    ] {
        let component = plugin(&format!("{HONEST} {beside}"), apply);
        let practice = Practice::new(&component);
        let ended = practice.refuses(name, &json!({}), 1, &format!("limit `{limit}`"));
        assert!(
            ended
                .ran
                .stderr
                .contains("error: plugin `bad.wasm (sha256:"),
            "{}",
            ended.ran
        );
    }
}

#[test]
fn three_modules_share_one_limit_on_memory() {
    let modules: String = (0..3)
        .map(|n| format!("(core module $m{n} (memory 1600)) (core instance (instantiate $m{n}))"))
        .collect();
    let text = overlay(&modules, "");
    let practice = Practice::new(&wat::parse_str(&text).expect("it is a component"));
    practice.refuses("three modules", &json!({}), 1, "limit `memory`");
}

/// A component that exports an overlay, with this in it.
fn overlay(before: &str, apply: &str) -> String {
    format!(
        r#"(component
            (type $failure (record
                (field "code" string) (field "message" string) (field "address" (option string))
                (field "hint" (option string)) (field "details" (option string))))
            (import "acetate:plugin/types@0.1.0" (instance $types
                (type $f (record
                    (field "code" string) (field "message" string) (field "address" (option string))
                    (field "hint" (option string)) (field "details" (option string))))
                (export "failure" (type (eq $f)))))
            (alias export $types "failure" (type $shared))
            {before}
            (core module $main
                {imports}
                (memory (export "memory") 1)
                (func (export "apply") (result i32) {apply} i32.const 0))
            (core instance $main (instantiate $main {with}))
            (func $apply (result (result (error $shared)))
                (canon lift (core func $main "apply") (memory $main "memory")))
            (component $shim
                (import "failure" (type $f (eq $failure)))
                (import "apply" (func $apply (result (result (error $f)))))
                (export $out "failure" (type $f))
                (export "apply" (func $apply) (func (result (result (error $out))))))
            (instance $overlay (instantiate $shim
                (with "failure" (type $shared)) (with "apply" (func $apply))))
            (export "acetate:plugin/overlay@0.1.0" (instance $overlay)))"#,
        imports = if apply.is_empty() {
            ""
        } else {
            "(import \"own\" \"new\" (func $new (param i32) (result i32)))"
        },
        with = if apply.is_empty() {
            ""
        } else {
            "(with \"own\" (instance $own))"
        },
    )
}

#[test]
fn handles_are_counted() {
    let own = r#"(type $thing (resource (rep i32)))
                 (core func $new (canon resource.new $thing))
                 (core instance $own (export "new" (func $new)))"#;
    let text = overlay(own, "(loop (drop (call $new (i32.const 1))) (br 0))");
    let practice = Practice::new(&wat::parse_str(&text).expect("it is a component"));
    practice.refuses("handles", &json!({}), 1, "limit `handles`");
}

#[test]
fn instances_are_counted() {
    let many = "(core instance (instantiate $m))".repeat(600);
    let inner = format!("(core module $m) {many}");
    let text = overlay(
        &format!("(component $c {inner}) (instance (instantiate $c)) {inner}"),
        "",
    );
    let practice = Practice::new(&wat::parse_str(&text).expect("it is a component"));
    practice.refuses("1200 instances", &json!({}), 1, "limit `instances`");
}

#[test]
fn memories_are_counted() {
    let many = "(memory 0)".repeat(99);
    let modules = format!("(core module $m {many}) (core instance (instantiate $m))").repeat(2);
    let text = overlay(&modules.replacen("$m", "$a", 2), "");
    let practice = Practice::new(&wat::parse_str(&text).expect("it is a component"));
    practice.refuses("198 memories", &json!({}), 1, "limit `memories`");
}

#[test]
fn memory_that_is_not_there_is_not_read_or_written() {
    for (name, realloc, apply, words) in [
        (
            "a text behind the end",
            "i32.const 1024",
            "(call $trace (i32.const 0) (i32.const 4) (i32.const 65532) (i32.const 5))",
            "out of bounds",
        ),
        (
            "a text of 4 GiB",
            "i32.const 1024",
            "(call $trace (i32.const 0) (i32.const 4) (i32.const 1) (i32.const -1))",
            "out of bounds",
        ),
        (
            "room for an answer behind the end",
            "i32.const 65535",
            "(call $family (i32.const 0))",
            "beyond end of memory",
        ),
        (
            "a place for a result behind the end",
            "i32.const 1024",
            "(call $family (i32.const 65533))",
            "pointer",
        ),
        (
            "an answer that is made into another answer",
            "(call $family (i32.const 0)) i32.const 1024",
            "(call $family (i32.const 0))",
            "crashed",
        ),
        (
            "a loop while an answer is taken",
            "(loop (br 0)) i32.const 1024",
            "(call $family (i32.const 0))",
            ENDLESS,
        ),
        (
            "growth while an answer is taken",
            "(loop (br_if 0 (i32.ne (memory.grow (i32.const 100)) (i32.const -1)))) unreachable",
            "(call $family (i32.const 0))",
            "limit `memory`",
        ),
    ] {
        let beside = format!("(func $realloc (param i32) (result i32) {realloc})");
        let practice = Practice::new(&plugin(&beside, apply));
        practice.refuses(name, &json!({}), 1, words);
    }
}

#[test]
fn arithmetic_that_has_no_result_is_told() {
    for (name, body, words) in [
        (
            "1 / 0",
            "(drop (i32.div_s (i32.const 1) (i32.const 0)))",
            "integer divide by zero",
        ),
        (
            "a call of nothing",
            "(call_indirect (i32.const 7))",
            "undefined element: out of bounds table access",
        ),
    ] {
        let practice = Practice::new(&plugin(&format!("{HONEST} (table 1 funcref)"), body));
        practice.refuses(name, &json!({}), 1, words);
    }
}

#[test]
fn a_start_function_is_under_all_limits() {
    for (name, body, words) in [
        ("a loop in start", "(loop (br 0))", ENDLESS),
        ("recursion in start", "(call $start)", "limit `stack`"),
        (
            "growth in start",
            "(if (i32.eq (memory.grow (i32.const 5000)) (i32.const -1)) (then unreachable))",
            "limit `memory`",
        ),
    ] {
        let beside = format!("{HONEST} (func $start {body}) (start $start)");
        let practice = Practice::new(&plugin(&beside, ""));
        practice.refuses(name, &json!({}), 1, words);
    }
}

#[test]
fn names_of_functions_are_shown_not_obeyed() {
    let name = "x\\0aerror: acetate failed\\0a::error::no\\1b[2J";
    let beside = format!("{HONEST} (func $f (@name \"{name}\") unreachable)");
    let practice = Practice::new(&plugin(&beside, "(call $f)"));
    let ended = practice.refuses(
        "a name with escapes",
        &json!({}),
        1,
        "in x\\nerror: acetate",
    );
    let lines: Vec<&str> = ended.ran.stderr.lines().map(str::trim_start).collect();
    assert!(
        !lines.iter().any(|line| line.starts_with("::")),
        "{}",
        ended.ran
    );
    assert!(!ended.ran.stderr.contains('\u{1b}'), "{}", ended.ran);
}
