//! Who is here: what devices say, on whichever node, becomes one status for each person.

pub mod state;

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    error::Result,
    model::{
        id::{SocketId, UserId},
        presence::{Activity, PresenceStatus},
        time::Timestamp,
    },
};

/// What is known of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    /// Whose it is.
    pub user: UserId,
    /// Which.
    pub device: SocketId,
    /// What it says.
    pub says: Says,
}

/// What a device says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It is here.
    Here {
        /// Whether the person is at it. Nothing is said when it connects: then they are as at a device that they left just
        /// now, and otherwise at it, so that nobody who comes back within the grace flickers.
        activity: Option<Activity>,
        /// How long ago it said so.
        ago: Duration,
        /// For how long that counts.
        lasts: Duration,
    },
    /// It is closed, and counts a little longer. That is final: what it said before, and is heard after, is nothing.
    Gone {
        /// How much longer at most.
        lasts: Duration,
    },
}

/// A person's status, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Who.
    pub user: UserId,
    /// Whether they are here.
    pub status: PresenceStatus,
    /// When they were last at a device, if ever.
    pub last_active: Option<Timestamp>,
    /// By the engine's clock; rises with every change of that person.
    pub timestamp: Timestamp,
}

/// Keeps who is here.
///
/// - **One status** for each person: online while they are at any device, else away while any is here, else offline.
///   A device is here until the time runs out that its last sign lasts.
/// - **Each change has one finder**: of all calls on all nodes one gets it, and that one announces it. What nobody calls
///   for is found by [`Presence::sweep`].
/// - **Timestamps rise** with every change of a person.
/// - All of it may be lost at any moment. Then the [`Presence::era`] is another one.
#[async_trait]
pub trait Presence: Send + Sync {
    /// Takes signs in their order. Answers whose status is another one from now on.
    async fn note(&self, signs: &[Sign]) -> Result<Vec<Seen>>;

    /// Looks at those whose time ran out, at most so many. Answers whose status is another one from now on, and whether
    /// there may be more.
    async fn sweep(&self, most: usize) -> Result<(Vec<Seen>, bool)>;

    /// Gives a status a newer timestamp, as if it had changed.
    async fn restate(&self, user: UserId) -> Result<Seen>;

    /// What is known of these people. Who is left out is offline, and has been for a while.
    async fn of(&self, users: &[UserId]) -> Result<Vec<Seen>>;

    /// The same of everybody.
    async fn everybody(&self) -> Result<Vec<Seen>>;

    /// Differs from what it was before when everything was forgotten in between.
    async fn era(&self) -> Result<String>;

    /// Ends when somebody's time may have run out: a hint, which may never come.
    async fn hint(&self);
}
