//! `receipt:read`: everything up to a message is read.

use super::{error::hide_unknown, reply::Reply};
use crate::{
    domain::{Services, caller::Caller},
    error::Result,
    model::socket::ReceiptReadInput,
};

/// Moves the reader on.
pub async fn read(services: &Services, caller: &Caller, reply: &Reply, input: ReceiptReadInput) -> Result<()> {
    let ReceiptReadInput { conversation_id, last_read_message_id } = input;
    services
        .receipts
        .read(caller, conversation_id, last_read_message_id, Some(reply.socket.id))
        .await
        .map_err(hide_unknown)?;
    reply.done();
    Ok(())
}
