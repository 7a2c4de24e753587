//! An overlay that does what its configuration says under `do`, good or bad.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({ path: "../../wit", world: "overlay-plugin" });

use acetate::plugin::types::Failure;
use acetate::plugin::{config, diagnostics, edit, files, parameters, target, task, template};

struct Guest;

impl exports::acetate::plugin::overlay::Guest for Guest {
    fn apply() -> Result<(), Failure> {
        std::panic::set_hook(Box::new(|panic| {
            diagnostics::trace("panic", &panic.to_string())
        }));
        match config::get("/do")?.unwrap_or_default().as_str() {
            "env" => env(),
            "read" => read(),
            "look-up" => look_up(),
            "loop" => spin(),
            "memory" => memory(),
            "swallow-memory" => swallow_memory(),
            "stack" => stack(),
            "panic" => panic!("the plugin's own words"),
            "edit-and-panic" => edit_and_panic(),
            "edits" => edits(),
            "calls" => calls(),
            "text" => text(),
            "messages" => messages(),
            "give-up" => give_up(),
            "report" => report(),
            "report-and-give-up" => report().and_then(|()| give_up()),
            "swallow" => swallow(),
            "sidecar" => sidecar(),
            "take-over" => take_over(),
            other => Err(failure("x-test", &format!("no such deed: {other}"))),
        }
    }
}

export!(Guest);

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

/// Sets `name` to `value` in the first container, as a polite plugin does.
fn env() -> Result<(), Failure> {
    let container = task::containers().remove(0);
    let (name, value) = (config::get("/name")?, config::get("/value")?);
    edit::set_env(
        &container,
        &name.unwrap_or_default(),
        &value.unwrap_or_default(),
    )
}

/// Traces all that can be read.
fn read() -> Result<(), Failure> {
    let say = |text: String| diagnostics::trace("info", &text);
    say(format!("family {}", task::family()));
    for container in task::containers() {
        say(format!("image {:?}", task::image(&container)?));
        say(format!(
            "environment {}",
            task::environment(&container)?.len()
        ));
        say(format!("secrets {}", task::secrets(&container)?.len()));
    }
    say(format!(
        "volumes {:?} tags {}",
        task::volumes(),
        task::tags().len()
    ));
    say(format!(
        "json {:?}",
        task::json("/containerDefinitions/app/image")?
    ));
    say(format!("template {:?}", template::json("/family")?));
    say(format!("origin {:?}", template::origin("/family")?));
    say(format!("config {}", config::json()));
    say(format!(
        "service {:?} none {:?}",
        target::get("service"),
        target::get("nothing")
    ));
    say(format!(
        "input {:?} {:?}",
        target::input("image"),
        target::input("hidden")
    ));
    Ok(())
}

fn look_up() -> Result<(), Failure> {
    let names = parameters::names("/web/", None, 2)?;
    diagnostics::trace("info", &names.join(" "));
    diagnostics::trace("info", &files::read_text("a.env")?);
    Ok(())
}

fn spin() -> Result<(), Failure> {
    let mut number = 1_u64;
    while std::hint::black_box(number) != 0 {
        number = number.wrapping_mul(3) | 1;
    }
    Ok(())
}

fn memory() -> Result<(), Failure> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(std::hint::black_box(vec![1; 4 << 20]));
    }
}

/// Is refused memory, and goes on.
fn swallow_memory() -> Result<(), Failure> {
    let mut much: Vec<u8> = Vec::new();
    match much.try_reserve(1 << 30) {
        Ok(()) => Err(failure("x-test", "a gibibyte was given")),
        Err(_) => edit::set_env("app", "MEMORY", "refused"),
    }
}

/// Recursion that keeps nothing in linear memory: it is wasm's own stack that runs out.
fn stack() -> Result<(), Failure> {
    #[inline(never)]
    fn deeper(depth: u64) -> u64 {
        if depth == 0 {
            return 0;
        }
        deeper(depth - 1).wrapping_mul(3) ^ depth
    }
    std::hint::black_box(deeper(std::hint::black_box(u64::MAX)));
    Ok(())
}

fn edit_and_panic() -> Result<(), Failure> {
    edit::set_env("app", "LOG_LEVEL", "info")?;
    edit::set_env("app", "DB_PASSWORD", "hunter2")?;
    task::image("app")?;
    panic!("the plugin's own words")
}

fn edits() -> Result<(), Failure> {
    for number in 0_u64.. {
        edit::set_env("app", &format!("N{number}"), "x")?;
    }
    Ok(())
}

fn calls() -> Result<(), Failure> {
    loop {
        task::family();
    }
}

fn text() -> Result<(), Failure> {
    edit::set_env("app", "BIG", &"x".repeat(16 << 20))
}

fn messages() -> Result<(), Failure> {
    loop {
        diagnostics::trace("info", "again");
    }
}

fn give_up() -> Result<(), Failure> {
    edit::set_env("app", "HALF", "done")?;
    Err(failure("x-half", "half of it is done"))
}

fn report() -> Result<(), Failure> {
    edit::set_env("app", "HALF", "done")?;
    diagnostics::report("warning", "x-warned", "be careful", None);
    diagnostics::report(
        "error",
        "x-wrong",
        "this is wrong",
        Some("/containerDefinitions/app"),
    );
    Ok(())
}

/// Takes every refusal, and sets what it may.
fn swallow() -> Result<(), Failure> {
    for refused in [
        edit::set_image("nobody", "x"),
        edit::set_env("app", "", "x"),
        edit::set_json("/family", "\"x\""),
    ] {
        let code = refused.expect_err("these are refused").code;
        diagnostics::trace("info", &code);
    }
    edit::set_env("app", "AFTER", "refusals")
}

/// Adds a container of the image that it is told, as a polite plugin does.
fn sidecar() -> Result<(), Failure> {
    let image = config::get("/image")?.unwrap_or_default();
    edit::add_container("otel", &format!("{{ \"image\": \"{image}\" }}"))?;
    edit::set_env("otel", "OTEL_LEVEL", "info")
}

/// Tries every way to have its own code run as the application, and gives up with the first
/// refusal; a way that was open is what it reports.
fn take_over() -> Result<(), Failure> {
    let app = "/containerDefinitions/app";
    let ways = [
        ("image", edit::set_image("app", "evil")),
        ("loader", edit::set_env("app", "LD_PRELOAD", "/evil.so")),
        ("loader in a name", edit::set_env("app", "PATH=/evil", "")),
        ("secret", edit::set_secret("app", "NODE_OPTIONS", "/evil")),
        ("reference", edit::set_secret("app", "KEY", "/theirs")),
        (
            "container",
            edit::add_container("evil", "{ \"image\": \"evil\" }"),
        ),
        (
            "twin",
            edit::add_container("app", "{ \"image\": \"app:1\" }"),
        ),
        ("removal", edit::remove_container("app")),
        ("mount", edit::add_mount("app", "data", "/bin", false)),
        (
            "from above",
            edit::set_json(app, "{ \"command\": [\"evil\"] }"),
        ),
        (
            "from the top",
            edit::set_json("", "{ \"pidMode\": \"host\" }"),
        ),
        (
            "below a variable",
            edit::set_json(&format!("{app}/environment/A/x"), "1"),
        ),
        ("list", edit::remove("/containerDefinitions")),
        ("role", edit::remove("/taskRoleArn")),
    ];
    let mut refused = None;
    for (way, tried) in ways {
        match tried {
            Ok(()) => diagnostics::report("warning", "x-open", way, None),
            Err(failure) => refused = refused.or(Some(failure)),
        }
    }
    refused.map_or(Ok(()), Err)
}
