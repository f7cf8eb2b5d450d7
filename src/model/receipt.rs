//! Receipts: how far each member has read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{id::UserId, time::Timestamp};

/// How far another member has read, as far as they let it be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadPosition {
    /// Who.
    pub user_id: UserId,
    /// Everything up to this message is read.
    pub last_read_seq: i64,
    /// Since when.
    pub read_at: Timestamp,
}
