//! People: what everybody sees of them, and what they see of themselves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{id::UserId, presence::Presence, time::Timestamp};

/// A person as everybody sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Whose this is.
    pub id: UserId,
    /// Unique among people, whatever its case; shown as it was typed.
    #[schema(example = "alice")]
    pub username: String,
    /// What to call them.
    #[schema(example = "Alice Example")]
    pub display_name: String,
    /// A picture, always https.
    #[schema(required)]
    pub avatar_url: Option<String>,
}

/// A person as somebody sees them who looks at them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserDetails {
    /// What everybody sees.
    #[serde(flatten)]
    pub user: User,
    /// Whether they are here, as far as they let it be seen; for people who share a conversation with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
}

/// A person as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Whose this is.
    pub id: UserId,
    /// Unique among people, whatever its case; shown as it was typed.
    #[schema(example = "alice")]
    pub username: String,
    /// What to call them.
    #[schema(example = "Alice Example")]
    pub display_name: String,
    /// A picture, always https.
    #[schema(required)]
    pub avatar_url: Option<String>,
    /// Shown to its owner alone.
    #[schema(example = "alice@example.org")]
    pub email: String,
    /// Whether others see what this person has read.
    pub read_receipts_enabled: bool,
    /// Whether others see when this person is here.
    pub presence_enabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}
