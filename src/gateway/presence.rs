//! `presence:heartbeat`.

use super::reply::Reply;
use crate::{domain::Services, model::socket::PresenceHeartbeatInput};

/// The person is here.
pub fn heartbeat(_services: &Services, reply: &Reply, _input: &PresenceHeartbeatInput) {
    reply.done();
}
