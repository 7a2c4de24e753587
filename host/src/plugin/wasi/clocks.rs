//! `wasi:clocks`: it is the first of January 1970, and time passes only for who sleeps: at once.
//! The monotonic clock begins at one second, because some runtimes take nothing for a fault.

use wasmtime::Result;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, Lower, Resource};

use super::function;
use super::io::{Pollable, READY};
use crate::plugin::state::State;

/// Where the monotonic clock stands at the start, in nanoseconds.
const BEGAN: u64 = 1_000_000_000;

/// The record `datetime`.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

pub(super) fn serve(
    instance: &mut LinkerInstance<'_, State>,
    interface: &str,
    name: &str,
) -> Result<bool> {
    let is_wall = interface == "wasi:clocks/wall-clock";
    match name {
        "now" if is_wall => function(instance, name, |state, (): ()| {
            Ok((datetime(state.world.slept),))
        }),
        "resolution" if is_wall => function(instance, name, |_, (): ()| Ok((datetime(1),))),
        "now" => function(instance, name, |state, (): ()| {
            Ok((BEGAN + state.world.slept,))
        }),
        "resolution" => function(instance, name, |_, (): ()| Ok((1_u64,))),
        "subscribe-duration" => function(instance, name, |state, (duration,): (u64,)| {
            Ok((sleep(state, duration.saturating_add(state.world.slept)),))
        }),
        "subscribe-instant" => function(instance, name, |state, (until,): (u64,)| {
            Ok((sleep(state, until.saturating_sub(BEGAN)),))
        }),
        _ => Ok(false),
    }
}

fn datetime(nanoseconds: u64) -> Datetime {
    const SECOND: u64 = 1_000_000_000;
    Datetime {
        seconds: nanoseconds / SECOND,
        nanoseconds: u32::try_from(nanoseconds % SECOND).expect("less than a second"),
    }
}

/// Who waits has waited already.
fn sleep(state: &mut State, until: u64) -> Resource<Pollable> {
    state.world.slept = state.world.slept.max(until).min(u64::MAX - BEGAN);
    Resource::new_own(READY)
}
