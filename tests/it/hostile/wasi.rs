//! WASI is an empty world: what runtimes call at start is there and holds nothing, what is printed
//! is told with a crash, all else ends the run by its name.

use super::*;
use crate::support::guests::guest;

fn traced(deed: &str) -> Option<Result<Vec<String>, String>> {
    let plugin = load(guest("wasi")?).expect("it is a plugin");
    let mut session = Session::new(template(), "web");
    let limits = Limits {
        calls: 20_000,
        total_bytes: 2 << 20,
        ..Limits::default()
    };
    Some(run(&plugin, &mut session, json!({ "do": deed }), &limits))
}

#[test]
fn the_empty_world_holds_nothing() {
    let Some(traced) = traced("look") else { return };
    insta::assert_snapshot!(traced.unwrap().join("\n"), @r"
    environment []
    arguments []
    folder None
    folders 0
    input ended true
    clock 0 0
    monotonic 1000000000
    ready [0, 1] true
    slept 8000000001
    random [175, 205, 29, 123, 57]
    random 7960286522194355700
    seed (487617019471545679, 17909611376780542444)
    printed
    ");
}

#[test]
fn the_empty_world_is_the_same_each_time() {
    let (Some(first), Some(second)) = (traced("look"), traced("look")) else {
        return;
    };
    assert_eq!(first, second);
}

#[test]
fn what_is_printed_is_told_with_a_crash() {
    let Some(traced) = traced("print-and-crash") else {
        return;
    };
    let told = traced.unwrap_err();
    assert!(
        told.contains("\n  it said: panic: the plugin's own words\n  | at line 1"),
        "{told}"
    );
}

#[test]
fn who_ends_itself_has_crashed() {
    let Some(traced) = traced("exit") else { return };
    let told = traced.unwrap_err();
    assert!(
        told.contains("crashed: it ended itself with exit code 1"),
        "{told}"
    );
}

#[test]
fn floods_of_wasi_are_limited() {
    for (deed, limit) in [
        ("clock-flood", "calls"),
        ("handle-flood", "handles"),
        ("print-flood", "message-bytes"),
        ("random-flood", "total-bytes"),
        ("random-at-once", "call-bytes"),
    ] {
        let Some(traced) = traced(deed) else { return };
        let told = traced.unwrap_err();
        assert!(told.contains(&format!("limit `{limit}`")), "{deed}: {told}");
    }
}

#[test]
fn files_and_sockets_end_the_run_by_name() {
    for (deed, call) in [
        (
            "socket",
            "wasi:sockets/instance-network@0.2.6#instance-network",
        ),
        (
            "resolve",
            "wasi:sockets/tcp-create-socket@0.2.6#create-tcp-socket",
        ),
        ("http", "wasi:http/outgoing-handler@0.2.6#handle"),
    ] {
        let Some(traced) = traced(deed) else { return };
        let told = traced.unwrap_err();
        let words = format!("`{call}` was called: a plugin is given nothing of WASI");
        assert!(told.contains(&words), "{deed}: {told}");
    }
}
