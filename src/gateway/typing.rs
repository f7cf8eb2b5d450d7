//! `typing:start` and `typing:stop`.

use super::reply::Reply;
use crate::{
    domain::{Services, caller::Caller},
    error::Result,
    model::socket::TypingInput,
};

/// Whether the person types. Behind a `subscribe` of the same socket, for it needs that.
pub async fn typing(
    services: &Services,
    caller: &Caller,
    reply: &Reply,
    input: &TypingInput,
    starts: bool,
) -> Result<()> {
    let _turn = reply.socket.subscribing.lock().await;
    services.delivery.typing(reply.socket.id, caller, input.conversation_id, starts)?;
    reply.done();
    Ok(())
}
