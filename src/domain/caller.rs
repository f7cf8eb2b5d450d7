//! Who acts: a verified access token, turned into words the rules understand.

use crate::model::{
    id::{SessionId, UserId},
    time::Timestamp,
};

/// Somebody who has proven who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// On which device.
    pub session_id: SessionId,
    /// When the proof runs out.
    pub expires_at: Timestamp,
}
