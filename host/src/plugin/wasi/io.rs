//! `wasi:io` and the standard streams: input is at its end, output is kept as trace, and whatever
//! is waited for is there.

use wasmtime::Result;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, Lower, Resource};

use super::{Nothing, function};
use crate::plugin::state::State;

/// The resource `input-stream`: nothing comes of it.
pub(super) enum Input {}
/// The resource `output-stream`: [`STDOUT`] or [`STDERR`].
pub(super) enum Printed {}
/// The resource `pollable`: always ready.
pub(super) enum Pollable {}

/// The one pollable there is.
pub(super) const READY: u32 = 0;
const STDIN: u32 = 0;
const STDOUT: u32 = 1;
const STDERR: u32 = 2;

/// Bytes that an output stream takes at once.
const ROOM: u64 = 64 << 10;

/// The variant `stream-error`.
#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    LastOperationFailed(Resource<Nothing>),
    #[component(name = "closed")]
    Closed,
}

type Streamed<T> = Result<(std::result::Result<T, StreamError>,)>;

pub(super) fn serve(instance: &mut LinkerInstance<'_, State>, name: &str) -> Result<bool> {
    if let Some(method) = name.strip_prefix("[method]input-stream.") {
        return input(instance, name, method);
    }
    if let Some(method) = name.strip_prefix("[method]output-stream.") {
        return output(instance, name, method);
    }
    match name {
        "get-stdin" => function(instance, name, |_, (): ()| {
            Ok((Resource::<Input>::new_own(STDIN),))
        }),
        "get-stdout" => function(instance, name, |_, (): ()| {
            Ok((Resource::<Printed>::new_own(STDOUT),))
        }),
        "get-stderr" => function(instance, name, |_, (): ()| {
            Ok((Resource::<Printed>::new_own(STDERR),))
        }),
        "[method]pollable.ready" => {
            function(instance, name, |_, _: (Resource<Pollable>,)| Ok((true,)))
        }
        "[method]pollable.block" => function(instance, name, |_, _: (Resource<Pollable>,)| Ok(())),
        "poll" => function(instance, name, |_, (list,): (Vec<Resource<Pollable>>,)| {
            Ok(((0_u32..).take(list.len()).collect::<Vec<u32>>(),))
        }),
        _ => Ok(false),
    }
}

fn input(instance: &mut LinkerInstance<'_, State>, name: &str, method: &str) -> Result<bool> {
    match method {
        "read" | "blocking-read" => function(instance, name, |_, _: (Resource<Input>, u64)| {
            Ok((Err::<Vec<u8>, _>(StreamError::Closed),))
        }),
        "skip" | "blocking-skip" => function(instance, name, |_, _: (Resource<Input>, u64)| {
            Ok((Err::<u64, _>(StreamError::Closed),))
        }),
        "subscribe" => function(instance, name, |_, _: (Resource<Input>,)| {
            Ok((Resource::<Pollable>::new_own(READY),))
        }),
        _ => Ok(false),
    }
}

fn output(instance: &mut LinkerInstance<'_, State>, name: &str, method: &str) -> Result<bool> {
    match method {
        "check-write" => function(
            instance,
            name,
            |_, _: (Resource<Printed>,)| -> Streamed<u64> { Ok((Ok(ROOM),)) },
        ),
        "write" | "blocking-write-and-flush" => function(
            instance,
            name,
            |state, (stream, bytes): (Resource<Printed>, Vec<u8>)| -> Streamed<()> {
                let to = if stream.rep() == STDOUT {
                    "stdout"
                } else {
                    "stderr"
                };
                state.print(to, &bytes)?;
                Ok((Ok(()),))
            },
        ),
        "flush" | "blocking-flush" => function(
            instance,
            name,
            |_, _: (Resource<Printed>,)| -> Streamed<()> { Ok((Ok(()),)) },
        ),
        "subscribe" => function(instance, name, |_, _: (Resource<Printed>,)| {
            Ok((Resource::<Pollable>::new_own(READY),))
        }),
        _ => Ok(false),
    }
}
