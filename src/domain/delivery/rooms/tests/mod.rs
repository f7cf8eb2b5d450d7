//! Rooms, asked without sockets, bus or database.

mod members;
mod sending;

use super::{
    listening::{CaughtUp, HELD},
    *,
};
use crate::{
    domain::delivery::sequencer::Hole,
    model::{
        conversation::{ConversationType, SharedConversation},
        event::{ConversationDeleted, ConversationUpdated, MessageDeleted, ParticipantRemoved},
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

fn told(passing: &[Outgoing]) -> Vec<(&'static str, Vec<SocketId>)> {
    passing.iter().map(|outgoing| (outgoing.event.name(), to(&outgoing.to))).collect()
}

/// In one order, whatever order they came in.
fn to(sockets: &[SocketId]) -> Vec<SocketId> {
    let mut sockets = sockets.to_vec();
    sockets.sort_unstable();
    sockets
}

/// A snapshot is shown, and the socket has caught up with it.
fn catch_up(rooms: &mut Rooms, socket: SocketId, room: ConversationId, head: Head) -> Option<CaughtUp> {
    let (passing, listens) = rooms.show(socket, room, head);
    assert_eq!(passing, []);
    if listens { rooms.caught_up(socket, room) } else { None }
}

struct Scene {
    rooms: Rooms,
    room: ConversationId,
    alice: Caller,
    socket: SocketId,
}

/// Alice, connected and caught up with a room at its beginning.
fn scene() -> Scene {
    let (mut rooms, room) = (Rooms::default(), ConversationId::new());
    let (alice, socket) = listener(&mut rooms, room);
    Scene { rooms, room, alice, socket }
}

/// Somebody else who is.
fn listener(rooms: &mut Rooms, room: ConversationId) -> (Caller, SocketId) {
    let (caller, socket) = (caller(), SocketId::new());
    rooms.connect(socket, &caller);
    assert!(rooms.join(socket, room));
    assert!(catch_up(rooms, socket, room, at(0)).is_some());
    (caller, socket)
}

/// Somebody who takes part, and listens to nothing.
fn member(rooms: &mut Rooms, room: ConversationId, rev: i64) -> (Caller, SocketId) {
    let (caller, socket) = (caller(), SocketId::new());
    rooms.connect(socket, &caller);
    rooms.know(caller.user_id, Instant::now(), vec![(room, Head { seq: 0, rev })]);
    (caller, socket)
}

#[test]
fn a_message_reaches_other_sockets_and_not_the_sending_one() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let other_device = SocketId::new();
    rooms.connect(other_device, &alice);
    rooms.join(other_device, room);
    catch_up(&mut rooms, other_device, room, at(0));
    let message = message(room, alice.user_id, 1);
    rooms.sending(socket, message.client_message_id);
    let passing = rooms.offer_message(message, 0);
    assert_eq!(told(&passing), [("message:received", vec![other_device])]);
}

#[test]
fn somebody_elses_message_of_the_same_client_id_is_not_skipped() {
    let Scene { mut rooms, room, socket, .. } = scene();
    let message = message(room, UserId::new(), 1);
    rooms.sending(socket, message.client_message_id);
    assert_eq!(rooms.offer_message(message, 0)[0].to, [socket]);
}

#[test]
fn a_failed_send_is_forgotten() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let message = message(room, alice.user_id, 1);
    rooms.sending(socket, message.client_message_id);
    rooms.answered(socket, room, message.client_message_id, false);
    assert_eq!(rooms.offer_message(message, 0)[0].to, [socket]);
}

#[test]
fn what_is_said_while_catching_up_follows_once_and_in_order() {
    let Scene { mut rooms, room, .. } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    for seq in 1..=3 {
        let passing = rooms.offer_message(message(room, UserId::new(), seq), 0);
        assert!(!passing[0].to.contains(&late));
    }
    // The snapshot already showed 1 and 2.
    let caught_up = catch_up(&mut rooms, late, room, at(2)).unwrap();
    assert!(caught_up.complete);
    assert_eq!(caught_up.missed.iter().map(|event| seq(event)).collect::<Vec<_>>(), [3]);
    assert!(rooms.offer_message(message(room, UserId::new(), 4), 0)[0].to.contains(&late));
}

#[test]
fn a_snapshot_ahead_of_the_room_is_not_told_twice() {
    let Scene { mut rooms, room, socket, .. } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    catch_up(&mut rooms, late, room, at(2));
    assert_eq!(rooms.offer_message(message(room, UserId::new(), 1), 0)[0].to, [socket]);
    assert_eq!(rooms.offer_message(message(room, UserId::new(), 2), 0)[0].to, [socket]);
    assert_eq!(rooms.offer_message(message(room, UserId::new(), 3), 0)[0].to.len(), 2);
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
    let caught_up = catch_up(&mut rooms, late, room, at(0)).unwrap();
    assert!(!caught_up.complete);
    assert_eq!(caught_up.missed.len(), HELD);
}

#[test]
fn a_hole_is_filled_by_one() {
    let Scene { mut rooms, room, .. } = scene();
    assert!(rooms.offer_message(message(room, UserId::new(), 3), 0).is_empty());
    assert_eq!(rooms.begin_filling(room), Some(Hole { after: at(0), until: at(2) }));
    assert_eq!(rooms.begin_filling(room), None);
    rooms.offer_message(message(room, UserId::new(), 1), 0);
    assert_eq!(rooms.still_missing(room), Some(Hole { after: at(1), until: at(2) }));
    assert_eq!(rooms.offer_message(message(room, UserId::new(), 2), 0).len(), 2);
    assert_eq!(rooms.still_missing(room), None);
}

#[test]
fn a_gone_socket_leaves_nothing_behind() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let (user, chat) = (Channel::User(alice.user_id), Channel::Chat(room));
    assert_eq!(rooms.channels(), [(user, true), (chat, true)]);
    rooms.disconnect(socket);
    assert_eq!(rooms.channels(), [(user, false), (chat, false)]);
    assert!(rooms.by_id.is_empty() && rooms.sockets.is_empty() && rooms.people.is_empty());
    assert!(!rooms.join(socket, room));
    rooms.disconnect(socket);
    assert_eq!(rooms.channels(), []);
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

fn renaming(room: ConversationId, rev: i64) -> ServerEvent {
    let now = clock::now();
    let conversation = SharedConversation {
        id: room,
        kind: ConversationType::Group,
        title: Some("Tea".into()),
        avatar_url: None,
        created_at: now,
        updated_at: now,
        last_seq: 0,
        last_rev: rev,
        participant_count: 0,
        participants: Vec::new(),
        last_message: None,
    };
    ServerEvent::ConversationUpdated(ConversationUpdated { conversation, rev })
}

fn deletion(room: ConversationId, seq: i64, rev: i64) -> ServerEvent {
    let (message_id, deleted_at) = (MessageId::new(), clock::now());
    ServerEvent::MessageDeleted(MessageDeleted { conversation_id: room, message_id, seq, rev, deleted_at })
}

#[test]
fn whoever_is_removed_gets_nothing_that_came_after() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let (bob, bobs) = listener(&mut rooms, room);
    // The message overtakes the removal that was committed before it.
    assert_eq!(rooms.offer_message(message(room, alice.user_id, 1), 1), []);
    let passing = rooms.offer_change(room, removal(room, &bob, 1));
    assert_eq!(
        told(&passing),
        [("participant:removed", to(&[socket, bobs])), ("message:received", vec![socket])],
        "bob hears that he is out, and no more"
    );
    assert_eq!(rooms.offer_change(room, removal(room, &bob, 2)).len(), 1);
    rooms.channels();
    assert_eq!(rooms.offer_change(room, removal(room, &alice, 3))[0].to, [socket]);
    assert_eq!(rooms.channels(), [(Channel::Chat(room), false)]);
    assert!(rooms.slice(0, 1).is_empty());
}

#[test]
fn whoever_is_removed_is_out_before_what_is_missing_was_read() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let (bob, bobs) = listener(&mut rooms, room);
    assert_eq!(rooms.offer_change(room, removal(room, &bob, 2)), []);
    assert!(!rooms.has_joined(bobs, room));
    assert_eq!(rooms.offer_message(message(room, alice.user_id, 1), 0)[0].to, [socket]);
}

#[test]
fn a_removal_counts_for_those_whose_snapshot_is_older() {
    let Scene { mut rooms, room, .. } = scene();
    let (bob, before, meanwhile, after) = (caller(), SocketId::new(), SocketId::new(), SocketId::new());
    for socket in [before, meanwhile, after] {
        rooms.connect(socket, &bob);
        rooms.join(socket, room);
    }
    assert!(rooms.show(meanwhile, room, Head { seq: 0, rev: 2 }).1);
    rooms.offer_change(room, removal(room, &bob, 3));
    assert!(rooms.caught_up(meanwhile, room).is_none(), "who is being replayed to is out at once");
    assert!(!rooms.show(before, room, Head { seq: 0, rev: 2 }).1);
    // Added again, and then the news of the removal comes a second time.
    assert!(catch_up(&mut rooms, after, room, Head { seq: 0, rev: 4 }).is_some());
    rooms.offer_change(room, removal(room, &bob, 3));
    assert!(rooms.has_joined(after, room));
}

#[test]
fn a_deletion_follows_its_message_and_is_held_like_one() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    assert!(rooms.offer_change(room, deletion(room, 1, 1)).is_empty());
    let passing = rooms.offer_message(message(room, alice.user_id, 1), 0);
    assert_eq!(told(&passing), [("message:received", vec![socket]), ("message:deleted", vec![socket])]);
    // The snapshot showed the message, and not yet its deletion.
    let caught_up = catch_up(&mut rooms, late, room, at(1)).unwrap();
    assert_eq!(caught_up.missed.iter().map(|event| event.name()).collect::<Vec<_>>(), ["message:deleted"]);
}

#[test]
fn what_is_held_is_bounded_for_all_rooms_of_a_socket() {
    let (mut rooms, bob, late) = (Rooms::default(), caller(), SocketId::new());
    rooms.connect(late, &bob);
    let ids = [ConversationId::new(), ConversationId::new()];
    for room in ids {
        rooms.join(late, room);
        assert!(rooms.show(late, room, at(0)).1);
    }
    for seq in 1..=200 {
        for room in ids {
            assert_eq!(rooms.offer_message(message(room, UserId::new(), seq), 0)[0].to, []);
        }
    }
    let held = ids.map(|room| rooms.caught_up(late, room).unwrap());
    assert_eq!(held.iter().map(|held| held.missed.len()).sum::<usize>(), HELD);
    assert!(held.iter().all(|held| !held.complete));
    // What was handed over is held no more.
    rooms.join(late, ids[0]);
    rooms.show(late, ids[0], at(200));
    for seq in 201..=200 + i64::try_from(HELD).unwrap() {
        rooms.offer_message(message(ids[0], UserId::new(), seq), 0);
    }
    assert!(rooms.caught_up(late, ids[0]).unwrap().complete);
}

#[test]
fn every_room_is_in_one_slice() {
    let Scene { mut rooms, socket, .. } = scene();
    for _ in 0..100 {
        let room = ConversationId::new();
        rooms.join(socket, room);
        catch_up(&mut rooms, socket, room, at(0));
    }
    let in_slices: usize = (0..8).map(|slice| rooms.slice(slice, 8).len()).sum();
    assert_eq!(in_slices, 101);
}

#[test]
fn only_those_who_listen_as_members_hear_who_types() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let (other, bob, of_bob, carol, of_carol) = (SocketId::new(), caller(), SocketId::new(), caller(), SocketId::new());
    for (socket, person) in [(other, &alice), (of_bob, &bob), (of_carol, &carol)] {
        rooms.connect(socket, person);
        rooms.join(socket, room);
    }
    // Whether somebody who catches up is a member is not known yet.
    assert!(rooms.listens(socket, room) && !rooms.listens(of_bob, room));
    assert_eq!(rooms.others_listening(room, bob.user_id), [socket]);
    for socket in [of_bob, other] {
        catch_up(&mut rooms, socket, room, at(0));
    }
    assert_eq!(rooms.others_listening(room, alice.user_id), [of_bob]);
    assert_eq!(rooms.others_listening(room, carol.user_id).len(), 3);
    rooms.leave(of_bob, room);
    assert!(!rooms.listens(of_bob, room) && rooms.others_listening(room, alice.user_id).is_empty());
}
