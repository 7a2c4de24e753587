//! Following a deployment: what one look at a service shows, and what follows from it.

pub mod observation;
