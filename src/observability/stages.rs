//! The stages of a message: each is measured, is an event in the log and a span of the message's trace. They name the message
//! and never what it says.

use std::time::Duration;

pub use super::metrics::Stage;
use super::{metrics, traces};
use crate::model::id::{ConversationId, MessageId, UserId};

/// Which message it is.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The message.
    pub message: MessageId,
    /// Where it goes.
    pub conversation: ConversationId,
    /// Who sends it.
    pub user: UserId,
}

/// A message passed a stage. The trace id is that of the span around.
pub fn passed(stage: Stage, subject: Subject, took: Duration) {
    metrics::stage(stage, took);
    traces::stage(stage, subject, took);
    tracing::debug!(
        messageId = %subject.message,
        conversationId = %subject.conversation,
        userId = %subject.user,
        latencyMs = millis(took),
        "message.{}",
        stage.name()
    );
}

/// As logs tell it.
pub fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}
