//! The doors to the outside of the program: clock, chance and tasks. One each, so that nothing else opens its own. And the
//! places where a program under test dies.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod allocator;
pub mod clock;
pub mod deadlines;
pub mod fail;
pub mod random;
pub mod tasks;
