//! Rooms, asked without sockets, bus or database.

use super::*;
use crate::{
    model::{
        event::{MessageDeleted, ParticipantRemoved},
        id::MessageId,
        message::{ContentType, MessageStatus},
        time::Timestamp,
        user::User,
    },
    runtime::clock,
};

fn caller() -> Caller {
    Caller { user_id: UserId::new(), username: String::new(), session_id: SessionId::new(), expires_at: clock::now() }
}

fn message(room: ConversationId, sender: UserId, seq: i64) -> Arc<Message> {
    let now: Timestamp = clock::now();
    Arc::new(Message {
        id: MessageId::new(),
        conversation_id: room,
        seq,
        rev: None,
        sender_id: sender,
        sender: User { id: sender, username: "alice".into(), display_name: "Alice".into(), avatar_url: None },
        content: "hello".into(),
        content_type: ContentType::Text,
        client_message_id: ClientMessageId::new(),
        status: MessageStatus::Delivered,
        reply_to_id: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    })
}

fn at(seq: i64) -> Head {
    Head { seq, rev: 0 }
}

fn seq(event: &ServerEvent) -> i64 {
    if let ServerEvent::MessageReceived(received) = event { received.message.seq } else { 0 }
}

fn told(passing: &Passing) -> Vec<(&'static str, Vec<SocketId>)> {
    passing.outgoing.iter().map(|outgoing| (outgoing.event.name(), outgoing.to.clone())).collect()
}

struct Scene {
    rooms: Rooms,
    room: ConversationId,
    alice: Caller,
    socket: SocketId,
}

/// Alice, connected and caught up with a room at its beginning.
fn scene() -> Scene {
    let (mut rooms, room, alice, socket) = (Rooms::default(), ConversationId::new(), caller(), SocketId::new());
    rooms.connect(socket, &alice);
    assert!(rooms.join(socket, room));
    rooms.caught_up(socket, room, at(0));
    Scene { rooms, room, alice, socket }
}

#[test]
fn a_message_reaches_other_sockets_and_not_the_sending_one() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let other_device = SocketId::new();
    rooms.connect(other_device, &alice);
    rooms.join(other_device, room);
    rooms.caught_up(other_device, room, at(0));
    let message = message(room, alice.user_id, 1);
    rooms.sending(socket, message.client_message_id);
    let passing = rooms.offer_message(message, 0);
    assert_eq!(passing.outgoing.len(), 1);
    assert_eq!(passing.outgoing[0].to, [other_device]);
}

#[test]
fn somebody_elses_message_of_the_same_client_id_is_not_skipped() {
    let Scene { mut rooms, room, socket, .. } = scene();
    let message = message(room, UserId::new(), 1);
    rooms.sending(socket, message.client_message_id);
    assert_eq!(rooms.offer_message(message, 0).outgoing[0].to, [socket]);
}

#[test]
fn a_failed_send_is_forgotten() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let message = message(room, alice.user_id, 1);
    rooms.sending(socket, message.client_message_id);
    rooms.sent(socket, room, message.client_message_id, false);
    assert_eq!(rooms.offer_message(message, 0).outgoing[0].to, [socket]);
}

#[test]
fn what_is_said_while_catching_up_follows_once_and_in_order() {
    let Scene { mut rooms, room, .. } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    for seq in 1..=3 {
        let passing = rooms.offer_message(message(room, UserId::new(), seq), 0);
        assert!(!passing.outgoing[0].to.contains(&late));
    }
    // The snapshot already showed 1 and 2.
    let caught_up = rooms.caught_up(late, room, at(2)).1.unwrap();
    assert!(caught_up.complete);
    assert_eq!(caught_up.missed.iter().map(|event| seq(event)).collect::<Vec<_>>(), [3]);
    assert!(rooms.offer_message(message(room, UserId::new(), 4), 0).outgoing[0].to.contains(&late));
}

#[test]
fn a_snapshot_ahead_of_the_room_is_not_told_twice() {
    let Scene { mut rooms, room, socket, .. } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    rooms.caught_up(late, room, at(2));
    assert_eq!(rooms.offer_message(message(room, UserId::new(), 1), 0).outgoing[0].to, [socket]);
    assert_eq!(rooms.offer_message(message(room, UserId::new(), 2), 0).outgoing[0].to, [socket]);
    assert_eq!(rooms.offer_message(message(room, UserId::new(), 3), 0).outgoing[0].to.len(), 2);
}

#[test]
fn more_than_can_be_held_is_admitted() {
    let Scene { mut rooms, room, .. } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    for seq in 1..=300 {
        rooms.offer_message(message(room, UserId::new(), seq), 0);
    }
    let caught_up = rooms.caught_up(late, room, at(0)).1.unwrap();
    assert!(!caught_up.complete);
    assert_eq!(caught_up.missed.len(), HELD);
}

#[test]
fn a_hole_is_filled_by_one() {
    let Scene { mut rooms, room, .. } = scene();
    assert!(rooms.offer_message(message(room, UserId::new(), 3), 0).outgoing.is_empty());
    assert_eq!(rooms.begin_filling(room), Some(Hole { after: at(0), until: at(2) }));
    assert_eq!(rooms.begin_filling(room), None);
    rooms.offer_message(message(room, UserId::new(), 1), 0);
    assert_eq!(rooms.still_missing(room), Some(Hole { after: at(1), until: at(2) }));
    assert_eq!(rooms.offer_message(message(room, UserId::new(), 2), 0).outgoing.len(), 2);
    assert_eq!(rooms.still_missing(room), None);
}

#[test]
fn a_gone_socket_leaves_nothing_behind() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let deserted = rooms.disconnect(socket);
    assert_eq!(deserted, Deserted { rooms: vec![room], user: Some(alice.user_id) });
    assert!(rooms.by_id.is_empty() && rooms.sockets.is_empty() && rooms.users.is_empty());
    assert!(!rooms.join(socket, room));
    assert_eq!(rooms.disconnect(socket), Deserted::default());
}

#[test]
fn a_session_is_told_from_the_other_sessions_of_a_person() {
    let Scene { mut rooms, alice, socket, .. } = scene();
    let (other, phone) = (Caller { session_id: SessionId::new(), ..alice.clone() }, SocketId::new());
    rooms.connect(phone, &other);
    assert_eq!(rooms.sockets_of_session(alice.session_id), [socket]);
    assert_eq!(rooms.sockets_of_user(alice.user_id).len(), 2);
}

fn removal(room: ConversationId, user: &Caller, rev: i64) -> ServerEvent {
    ServerEvent::ParticipantRemoved(ParticipantRemoved { conversation_id: room, user_id: user.user_id, rev })
}

fn deletion(room: ConversationId, seq: i64, rev: i64) -> ServerEvent {
    let (message_id, deleted_at) = (MessageId::new(), clock::now());
    ServerEvent::MessageDeleted(MessageDeleted { conversation_id: room, message_id, seq, rev, deleted_at })
}

#[test]
fn whoever_is_removed_gets_nothing_that_came_after() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let (bob, bobs) = (caller(), SocketId::new());
    rooms.connect(bobs, &bob);
    rooms.join(bobs, room);
    rooms.caught_up(bobs, room, at(0));
    // The message overtakes the removal that was committed before it.
    assert!(rooms.offer_message(message(room, alice.user_id, 1), 1).outgoing.is_empty());
    let passing = rooms.offer_change(room, removal(room, &bob, 1));
    assert_eq!(told(&passing), [("participant:removed", vec![socket]), ("message:received", vec![socket])]);
    assert!(!passing.deserted);
    assert!(rooms.offer_change(room, removal(room, &alice, 2)).deserted);
    assert!(rooms.slice(0, 1).is_empty());
}

#[test]
fn a_removal_counts_for_those_whose_snapshot_is_older() {
    let Scene { mut rooms, room, .. } = scene();
    let (bob, before, after) = (caller(), SocketId::new(), SocketId::new());
    for socket in [before, after] {
        rooms.connect(socket, &bob);
        rooms.join(socket, room);
    }
    rooms.offer_change(room, removal(room, &bob, 3));
    assert!(rooms.caught_up(before, room, Head { seq: 0, rev: 2 }).1.is_none());
    // Added again, and then the news of the removal comes a second time.
    assert!(rooms.caught_up(after, room, Head { seq: 0, rev: 4 }).1.is_some());
    rooms.offer_change(room, removal(room, &bob, 3));
    assert_eq!(
        rooms.by_id[&room].listeners.keys().filter(|socket| [before, after].contains(socket)).collect::<Vec<_>>(),
        [&after]
    );
}

#[test]
fn a_deletion_follows_its_message_and_is_held_like_one() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    assert!(rooms.offer_change(room, deletion(room, 1, 1)).outgoing.is_empty());
    let passing = rooms.offer_message(message(room, alice.user_id, 1), 0);
    assert_eq!(told(&passing), [("message:received", vec![socket]), ("message:deleted", vec![socket])]);
    assert!(passing.untold.is_empty());
    // The snapshot showed the message, and not yet its deletion.
    let caught_up = rooms.caught_up(late, room, at(1)).1.unwrap();
    assert_eq!(caught_up.missed.iter().map(|event| event.name()).collect::<Vec<_>>(), ["message:deleted"]);
}

#[test]
fn members_are_told_once_and_in_order_whatever_way_it_comes() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let (bob, carol) = (caller(), caller());
    // The second overtakes the first, which is lost; the deletion's message is, too.
    assert_eq!(rooms.offer_change(room, removal(room, &bob, 2)), Passing::default());
    assert_eq!(rooms.offer_change(room, deletion(room, 1, 3)), Passing::default());
    let changes = vec![removal(room, &carol, 1), removal(room, &bob, 2), deletion(room, 1, 3)];
    let tombstone = Arc::unwrap_or_clone(message(room, alice.user_id, 1));
    let passing = rooms.offer_read(room, changes, 3, vec![tombstone]);
    assert_eq!(
        told(&passing),
        [
            ("participant:removed", vec![socket]),
            ("participant:removed", vec![socket]),
            ("message:deleted", vec![socket]),
            ("message:received", vec![socket])
        ]
    );
    let untold: Vec<_> = passing.untold.iter().map(|untold| (untold.event.rev(), untold.heard.clone())).collect();
    assert_eq!(untold, [(Some(1), vec![socket]), (Some(2), vec![socket])]);
    // What comes late is told no more.
    assert_eq!(rooms.offer_change(room, removal(room, &carol, 1)), Passing::default());
    // Where nobody listens, or not yet, there is nothing to wait for.
    let elsewhere = ConversationId::new();
    assert_eq!(rooms.offer_change(elsewhere, removal(elsewhere, &bob, 7)).untold.len(), 1);
    rooms.join(socket, elsewhere);
    assert_eq!(rooms.offer_change(elsewhere, removal(elsewhere, &bob, 9)).untold.len(), 1);
    let (passing, _) = rooms.caught_up(socket, elsewhere, Head { seq: 0, rev: 8 });
    assert_eq!(passing, Passing::default());
}

#[test]
fn every_room_is_in_one_slice() {
    let Scene { mut rooms, socket, .. } = scene();
    for _ in 0..100 {
        let room = ConversationId::new();
        rooms.join(socket, room);
        rooms.caught_up(socket, room, at(0));
    }
    let in_slices: usize = (0..8).map(|slice| rooms.slice(slice, 8).len()).sum();
    assert_eq!(in_slices, 101);
}

#[test]
fn whoever_looked_before_the_room_began_is_told_that_something_is_missing() {
    let (mut rooms, room, alice) = (Rooms::default(), ConversationId::new(), caller());
    let sockets @ [first, second] = [SocketId::new(), SocketId::new()];
    for socket in sockets {
        rooms.connect(socket, &alice);
        rooms.join(socket, room);
    }
    // The second one looked later, and came first.
    assert!(rooms.caught_up(second, room, at(3)).1.unwrap().complete);
    assert!(!rooms.caught_up(first, room, at(1)).1.unwrap().complete);
    assert!(rooms.caught_up(first, room, at(3)).1.unwrap().complete);
}
