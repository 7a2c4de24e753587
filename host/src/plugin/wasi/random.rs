//! `wasi:random`: the same numbers in every run.

use wasmtime::Result;
use wasmtime::component::LinkerInstance;

use super::{World, function};
use crate::plugin::state::State;

pub(super) fn serve(instance: &mut LinkerInstance<'_, State>, name: &str) -> Result<bool> {
    match name {
        "get-random-bytes" | "get-insecure-random-bytes" => {
            function(instance, name, |state, (length,): (u64,)| {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                state.meter.text(length)?;
                let words = std::iter::repeat_with(|| state.world.random().to_le_bytes());
                Ok((words.flatten().take(length).collect::<Vec<u8>>(),))
            })
        }
        "get-random-u64" | "get-insecure-random-u64" => {
            function(instance, name, |state, (): ()| Ok((state.world.random(),)))
        }
        "insecure-seed" => function(instance, name, |state, (): ()| {
            Ok(((state.world.random(), state.world.random()),))
        }),
        _ => Ok(false),
    }
}

impl World {
    /// SplitMix64, from nothing: numbers that are spread well, and known to everybody.
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
