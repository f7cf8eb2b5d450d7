//! The doors to the outside of the program: clock, chance and tasks. One each, so that nothing else opens its own.

pub mod clock;
pub mod deadlines;
pub mod random;
pub mod tasks;
