//! What is left of a limit, as every answer of the API tells it.

/// A limit and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many at once when it is full.
    pub limit: u32,
    /// How many now.
    pub remaining: u32,
    /// When it is full again, in whole seconds.
    pub reset: u64,
}
