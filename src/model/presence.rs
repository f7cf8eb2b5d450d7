//! Presence: whether people are here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{id::UserId, time::Timestamp};

/// What a device says of the person before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Activity {
    /// They have done nothing for five minutes.
    Away,
    /// They are at it.
    Online,
}

/// What others see of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PresenceStatus {
    /// At one device at least.
    Online,
    /// Connected, but at none of their devices.
    Away,
    /// Not connected, or not to be seen.
    Offline,
}

impl From<Activity> for PresenceStatus {
    fn from(activity: Activity) -> Self {
        match activity {
            Activity::Online => Self::Online,
            Activity::Away => Self::Away,
        }
    }
}

/// Whether a person is here, as far as they let it be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// Who.
    pub user_id: UserId,
    /// Whether they are here.
    pub status: PresenceStatus,
    /// When they were last at a device; null for who is online, was never here, or does not let it be seen.
    #[schema(required)]
    pub last_seen_at: Option<Timestamp>,
}
