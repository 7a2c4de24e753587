//! An overlay that means harm: it does what its configuration says under `start` while it is
//! instantiated, and what it says under `do` when it is called.
#![cfg(target_family = "wasm")]

use std::hint::black_box;

wit_bindgen::generate!({ path: "../../wit", world: "overlay-plugin" });

use acetate::plugin::types::Failure;
use acetate::plugin::{config, diagnostics, edit, target, task, template};

/// More than any limit on one text.
const MEBIBYTE: usize = 1 << 20;
/// What is told where only the end of it matters.
const HOLD: &str = "held";

// The host's functions without the bindings between: lengths may be lies, and bytes any bytes.
#[link(wasm_import_module = "acetate:plugin/diagnostics@0.1.0")]
unsafe extern "C" {
    #[link_name = "trace"]
    fn raw_trace(level: *const u8, level_len: usize, message: *const u8, message_len: usize);
}
#[link(wasm_import_module = "acetate:plugin/edit@0.1.0")]
unsafe extern "C" {
    #[link_name = "set-health-check"]
    fn raw_health_check(
        container: *const u8,
        container_len: usize,
        command: *const u8,
        command_len: usize,
        interval: i32,
        timeout: i32,
        retries: i32,
        start_period: i32,
        result: *mut u8,
    );
}

/// Called when the component is instantiated.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    let deed = config::get("/start").ok().flatten();
    match deed.as_deref() {
        None => {}
        Some("edit") => {
            let refused = edit::set_env("app", "EARLY", "1").expect_err("edits come in apply");
            diagnostics::trace("info", &refused.message);
        }
        Some(deed) => drop(act(deed)),
    }
}

struct Guest;

impl exports::acetate::plugin::overlay::Guest for Guest {
    fn apply() -> Result<(), Failure> {
        std::panic::set_hook(Box::new(|panic| {
            diagnostics::trace("panic", &panic.to_string());
        }));
        act(&config::get("/do")?.unwrap_or_default())
    }
}

export!(Guest);

fn act(deed: &str) -> Result<(), Failure> {
    match deed {
        "loop" => spin(),
        "recursion" => recursion(),
        "memory-once" => memory(1 << 30),
        "memory-many" => memory(64 << 10),
        "memory-three" => memory(100 << 20),
        "string" => claimed(1 << 30),
        "string-inside" => claimed(200 << 20),
        "list" => claimed_list(),
        "not-utf8" => not_utf8(),
        "argument-over" => edit::set_env("app", "BIG", &"x".repeat(MEBIBYTE + 1 - 6)),
        "argument-at" => {
            let refused = edit::set_env("nobody", "BIG", &"x".repeat(MEBIBYTE - 9));
            held(refused.expect_err("there is no such container").code == "not-found")
        }
        "failure-over" => Err(failure("x-over", &"x".repeat(MEBIBYTE + 1 - 6))),
        "failure-at" => Err(failure("x-at", &"x".repeat(MEBIBYTE - 4))),
        "key-over" => held(target::get(&"k".repeat(MEBIBYTE + 1)).is_none()),
        "edits" => edits(),
        "edits-in-one" => edits_in_one(),
        "edits-again" => edits_again(),
        "logs" => loop {
            diagnostics::report("warning", "x-again", "again", None);
        },
        "calls" => loop {
            black_box(task::family());
        },
        "answers" => loop {
            black_box(task::json("").ok());
        },
        "refusals" => refusals(),
        "deep-address" => deep_address(),
        "deep-json" => deep_json(),
        "trap" => core::arch::wasm32::unreachable(),
        "wild" => wild(),
        "panic" => panic!("{}", config::get("/text")?.unwrap_or_default()),
        "garbage" => garbage(),
        "numbers" => numbers(),
        "words" => words(&config::get("/text")?.unwrap_or_default()),
        "every-text" => every_text(&config::get("/text")?.unwrap_or_default()),
        "fail" => fail(&config::get("/text")?.unwrap_or_default()),
        "report" => report(&config::get("/text")?.unwrap_or_default()),
        "" => edit::set_env("app", "POLITE", "yes"),
        other => Err(failure("x-test", &format!("no such deed: {other}"))),
    }
}

fn failure(code: &str, message: &str) -> Failure {
    let (code, message) = (code.to_owned(), message.to_owned());
    Failure {
        code,
        message,
        address: None,
        hint: None,
        details: None,
    }
}

/// Fails unless what was expected came true.
fn held(expected: bool) -> Result<(), Failure> {
    if expected {
        return edit::set_env("app", "HELD", HOLD);
    }
    Err(failure("x-test", "it went otherwise"))
}

fn spin() -> Result<(), Failure> {
    let mut number = 1_u64;
    while black_box(number) != 0 {
        number = number.wrapping_mul(3) | 1;
    }
    Ok(())
}

/// Keeps nothing in linear memory: it is wasm's own stack that runs out.
fn recursion() -> Result<(), Failure> {
    #[inline(never)]
    fn deeper(depth: u64) -> u64 {
        if depth == 0 {
            return 0;
        }
        deeper(depth - 1).wrapping_mul(3) ^ depth
    }
    black_box(deeper(black_box(u64::MAX)));
    Ok(())
}

/// Takes memory in pieces until there is no more, and aborts.
fn memory(piece: usize) -> Result<(), Failure> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(black_box(vec![1; piece]));
    }
}

/// Says that a text is longer than all the memory there is, or than any text may be.
fn claimed(length: usize) -> Result<(), Failure> {
    let memory = if length < 1 << 30 {
        vec![b'x'; length]
    } else {
        Vec::new()
    };
    let level = "info";
    // SAFETY: the host reads, and checks what it is told.
    unsafe { raw_trace(level.as_ptr(), level.len(), memory.as_ptr(), length) };
    Ok(())
}

/// A list of twenty million texts that take no room.
fn claimed_list() -> Result<(), Failure> {
    const MANY: usize = 20_000_000;
    let texts = vec![0_u64; MANY];
    let mut result = [0_u64; 16];
    // SAFETY: the host reads, and checks what it is told.
    unsafe {
        raw_health_check(
            "app".as_ptr(),
            3,
            texts.as_ptr().cast(),
            MANY,
            0,
            0,
            0,
            0,
            result.as_mut_ptr().cast(),
        );
    }
    Ok(())
}

fn not_utf8() -> Result<(), Failure> {
    let bytes = [b'a', 0xff, 0xfe, 0xc0, 0x80];
    // SAFETY: the host reads, and checks what it is told.
    unsafe { raw_trace("info".as_ptr(), 4, bytes.as_ptr(), bytes.len()) };
    Ok(())
}

fn edits() -> Result<(), Failure> {
    for number in 0_u64.. {
        edit::set_env("app", &format!("N{number}"), "x")?;
    }
    Ok(())
}

/// As many places as fit into one call.
fn labels() -> String {
    let labels: Vec<String> = (0..90_000).map(|n| format!("\"{n:x}\":\"\"")).collect();
    format!("{{{}}}", labels.join(","))
}

fn edits_in_one() -> Result<(), Failure> {
    edit::set_json("/containerDefinitions/app/dockerLabels", &labels())
}

/// Adds the largest container that there may be, then others of the same name.
fn edits_again() -> Result<(), Failure> {
    let labels: Vec<String> = (0..450).map(|n| format!("\"{n:x}\":\"\"")).collect();
    let labels = format!("{{{}}}", labels.join(","));
    edit::add_container("big", &format!("{{\"dockerLabels\":{labels}}}"))?;
    loop {
        let other = format!("{{\"image\":\"x\",\"dockerLabels\":{labels}}}");
        drop(edit::add_container("big", &other));
    }
}

/// Makes the host say no at length, again and again.
fn refusals() -> Result<(), Failure> {
    for number in 0..4 {
        let name = format!("{number}{}", "n".repeat(100_000));
        edit::add_container(&name, "{\"image\":\"x\"}")?;
    }
    loop {
        drop(edit::set_image("nobody", "x"));
    }
}

fn deep_address() -> Result<(), Failure> {
    let deep = "/a".repeat(500_000);
    let first = template::origin(&deep).expect_err("no place is so deep");
    let second = edit::set_json(&deep, "1").expect_err("no place is so deep");
    let third = edit::remove(&deep).expect_err("no place is so deep");
    held(
        [first, second, third]
            .iter()
            .all(|failure| failure.code == "invalid"),
    )
}

fn deep_json() -> Result<(), Failure> {
    for open in ["[", "{\"a\":"] {
        let text = open.repeat(MEBIBYTE / open.len() - 40);
        let refused = edit::set_json("/futureMember", &text).expect_err("that is no JSON");
        if refused.code != "invalid" {
            return held(false);
        }
    }
    held(true)
}

/// Reads where there is no memory.
fn wild() -> Result<(), Failure> {
    // SAFETY: none, which is the point: the sandbox has to hold.
    let byte = unsafe { std::ptr::read_volatile(black_box(0xffff_fff0_usize) as *const u8) };
    held(byte == 0)
}

/// Each of these is refused, and nothing comes of it.
fn garbage() -> Result<(), Failure> {
    let numbers = "[1e999999999999]";
    for text in [
        "",
        "{",
        "nul",
        "\u{feff}{}",
        "{\"a\":1}x",
        "'a'",
        "\0",
        numbers,
        "NaN",
    ] {
        for refused in [
            edit::set_json("/containerDefinitions/app/cpu", text),
            edit::add_container("new", text),
            edit::add_volume("new", text),
        ] {
            let Err(failure) = refused else {
                if text == numbers {
                    continue;
                }
                return held(false);
            };
            if failure.code != "invalid" {
                return Err(failure);
            }
        }
    }
    held(true)
}

/// Puts a text wherever a plugin can put one, and fails.
fn every_text(text: &str) -> Result<(), Failure> {
    diagnostics::trace(text, text);
    for severity in ["info", "warning", text] {
        diagnostics::report(severity, text, text, Some(text));
    }
    for refused in [
        edit::set_image(text, text),
        edit::set_json(text, text),
        edit::remove(text),
    ] {
        if let Err(failure) = refused {
            diagnostics::report(
                "warning",
                &failure.code,
                &failure.message,
                failure.address.as_deref(),
            );
        }
    }
    edit::set_env("app", text, text)?;
    edit::set_label("app", text, text)?;
    edit::set_tag(text, text)?;
    edit::add_container(text, "{\"image\":\"x\"}")?;
    edit::set_env(text, text, text)?;
    edit::set_log_driver("app", text)?;
    edit::set_log_option("app", text, text)
}

/// Says much, and changes one place.
fn words(text: &str) -> Result<(), Failure> {
    for level in ["debug", "info", text] {
        diagnostics::trace(level, text);
    }
    for severity in ["info", "warning", text] {
        diagnostics::report(severity, text, text, Some(text));
    }
    edit::set_env("app", "TEXT", text)
}

/// Writes down what arithmetic gives, the bits of a NaN included.
fn numbers() -> Result<(), Failure> {
    let (zero, one) = (black_box(0_f64), black_box(1_f64));
    let strange = f64::from_bits(black_box(0xfff4_dead_beef_0001));
    let results = [
        zero / black_box(0.0),
        -(zero / black_box(0.0)),
        strange + one,
        one - strange,
        strange.min(one),
        (one / zero) - black_box(f64::INFINITY),
        black_box(-one).sqrt(),
        f64::from(black_box(strange as f32)),
        black_box(0.1) + black_box(0.2),
        black_box(1e300) * black_box(1e10),
    ];
    for (number, result) in results.iter().enumerate() {
        let bits = format!("{:016x}", result.to_bits());
        edit::set_env("app", &format!("R{number}"), &bits)?;
    }
    let single = black_box(0_f32) / black_box(0_f32);
    edit::set_env("app", "SINGLE", &format!("{:08x}", single.to_bits()))?;
    let place = std::ptr::from_ref(&results).addr();
    edit::set_env("app", "ADDRESS", &format!("{place:x}"))
}

fn fail(text: &str) -> Result<(), Failure> {
    Err(Failure {
        code: text.to_owned(),
        message: text.to_owned(),
        address: Some(text.to_owned()),
        hint: Some(text.to_owned()),
        details: Some(text.to_owned()),
    })
}

fn report(text: &str) -> Result<(), Failure> {
    diagnostics::report("error", text, text, Some(text));
    Ok(())
}
