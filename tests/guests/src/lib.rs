//! Guests for the tests of the sandbox. Each file in `examples/` is one component.
