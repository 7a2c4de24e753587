//! See ../README.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| acetate_fuzz::answers(bytes));
