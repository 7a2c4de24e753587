//! What a foreign toolchain drags in: it imports WASI, and calls what its configuration says.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({
    inline: "
        package acetate:test;
        world foreign {
            include acetate:plugin/overlay-plugin@0.1.0;
            import wasi:cli/environment@0.2.6;
            import wasi:cli/exit@0.2.6;
            import wasi:cli/stdin@0.2.6;
            import wasi:cli/stdout@0.2.6;
            import wasi:cli/stderr@0.2.6;
            import wasi:clocks/monotonic-clock@0.2.6;
            import wasi:clocks/wall-clock@0.2.6;
            import wasi:filesystem/preopens@0.2.6;
            import wasi:http/outgoing-handler@0.2.6;
            import wasi:io/poll@0.2.6;
            import wasi:io/streams@0.2.6;
            import wasi:random/random@0.2.6;
            import wasi:random/insecure-seed@0.2.6;
            import wasi:sockets/instance-network@0.2.6;
            import wasi:sockets/tcp-create-socket@0.2.6;
        }
        package wasi:cli@0.2.6 {
            interface environment {
                get-environment: func() -> list<tuple<string, string>>;
                get-arguments: func() -> list<string>;
                initial-cwd: func() -> option<string>;
            }
            interface exit {
                exit: func(status: result);
            }
            interface stdin {
                use wasi:io/streams@0.2.6.{input-stream};
                get-stdin: func() -> input-stream;
            }
            interface stdout {
                use wasi:io/streams@0.2.6.{output-stream};
                get-stdout: func() -> output-stream;
            }
            interface stderr {
                use wasi:io/streams@0.2.6.{output-stream};
                get-stderr: func() -> output-stream;
            }
        }
        package wasi:clocks@0.2.6 {
            interface monotonic-clock {
                use wasi:io/poll@0.2.6.{pollable};
                now: func() -> u64;
                subscribe-duration: func(duration: u64) -> pollable;
            }
            interface wall-clock {
                record datetime {
                    seconds: u64,
                    nanoseconds: u32,
                }
                now: func() -> datetime;
            }
        }
        package wasi:filesystem@0.2.6 {
            interface types {
                resource descriptor {
                    sync: func();
                }
            }
            interface preopens {
                use types.{descriptor};
                get-directories: func() -> list<tuple<descriptor, string>>;
            }
        }
        package wasi:http@0.2.6 {
            interface outgoing-handler {
                handle: func(url: string) -> string;
            }
        }
        package wasi:io@0.2.6 {
            interface error {
                resource error {
                    to-debug-string: func() -> string;
                }
            }
            interface poll {
                resource pollable {
                    ready: func() -> bool;
                    block: func();
                }
                poll: func(in: list<borrow<pollable>>) -> list<u32>;
            }
            interface streams {
                use error.{error};
                use poll.{pollable};
                variant stream-error {
                    last-operation-failed(error),
                    closed,
                }
                resource input-stream {
                    blocking-read: func(len: u64) -> result<list<u8>, stream-error>;
                    subscribe: func() -> pollable;
                }
                resource output-stream {
                    check-write: func() -> result<u64, stream-error>;
                    blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
                }
            }
        }
        package wasi:random@0.2.6 {
            interface random {
                get-random-bytes: func(len: u64) -> list<u8>;
                get-random-u64: func() -> u64;
            }
            interface insecure-seed {
                insecure-seed: func() -> tuple<u64, u64>;
            }
        }
        package wasi:sockets@0.2.6 {
            interface instance-network {
                resource network {
                    is: func() -> bool;
                }
                instance-network: func() -> network;
            }
            interface tcp-create-socket {
                create-tcp-socket: func() -> string;
            }
        }
    ",
    path: "../../wit",
    generate_all,
});

use acetate::plugin::types::Failure;
use acetate::plugin::{config, diagnostics, edit};
use wasi::cli::{environment, exit, stderr, stdin, stdout};
use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::filesystem::preopens;
use wasi::http::outgoing_handler;
use wasi::io::poll;
use wasi::random::{insecure_seed, random};
use wasi::sockets::{instance_network, tcp_create_socket};

struct Guest;

impl exports::acetate::plugin::overlay::Guest for Guest {
    fn apply() -> Result<(), Failure> {
        match config::get("/do")?.unwrap_or_default().as_str() {
            "look" => look(),
            "print-and-crash" => {
                let _ =
                    print("panic: ", true) && print("the plugin's own words\nat line 1\n", true);
                core::arch::wasm32::unreachable()
            }
            "exit" => exit::exit(Err(())),
            "clock-flood" => loop {
                monotonic_clock::now();
            },
            "handle-flood" => loop {
                core::mem::forget(stderr::get_stderr());
            },
            "print-flood" => while print(&"x".repeat(1000), false) {},
            "random-flood" => loop {
                random::get_random_bytes(1 << 19);
            },
            "random-at-once" => drop(random::get_random_bytes(1 << 40)),
            "socket" => drop(instance_network::instance_network()),
            "resolve" => drop(tcp_create_socket::create_tcp_socket()),
            "http" => drop(outgoing_handler::handle("https://example.com")),
            _ => {}
        }
        edit::set_env("app", "WASI", "not called")
    }
}

export!(Guest);

fn print(text: &str, as_error: bool) -> bool {
    let stream = if as_error {
        stderr::get_stderr()
    } else {
        stdout::get_stdout()
    };
    stream.check_write().is_ok() && stream.blocking_write_and_flush(text.as_bytes()).is_ok()
}

/// Traces what is there.
fn look() {
    let say = |text: String| diagnostics::trace("info", &text);
    say(format!("environment {:?}", environment::get_environment()));
    say(format!("arguments {:?}", environment::get_arguments()));
    say(format!("folder {:?}", environment::initial_cwd()));
    say(format!("folders {}", preopens::get_directories().len()));
    let input = stdin::get_stdin();
    input.subscribe().block();
    say(format!("input ended {}", input.blocking_read(10).is_err()));
    let now = wall_clock::now();
    say(format!("clock {} {}", now.seconds, now.nanoseconds));
    say(format!("monotonic {}", monotonic_clock::now()));
    let (one, two) = (
        monotonic_clock::subscribe_duration(7_000_000_000),
        monotonic_clock::subscribe_duration(1),
    );
    say(format!(
        "ready {:?} {}",
        poll::poll(&[&one, &two]),
        one.ready()
    ));
    say(format!("slept {}", monotonic_clock::now()));
    say(format!("random {:?}", random::get_random_bytes(5)));
    say(format!("random {}", random::get_random_u64()));
    say(format!("seed {:?}", insecure_seed::insecure_seed()));
    print("printed", false);
}
