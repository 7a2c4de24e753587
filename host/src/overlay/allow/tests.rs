//! Tests of what an entry may edit.
