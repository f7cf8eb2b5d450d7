//! Messages: send and read back. The answer comes after the commit; everybody else is told after the answer.

mod queue;
mod rules;
mod writer;

use std::{collections::HashMap, pin::pin, sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};

use self::writer::Writer;
use super::{caller::Caller, conversations::refusal, cursor::Cursors};
use crate::{
    engine::Engine,
    error::{Error, ErrorCode, Result, Violations},
    model::{
        conversation::ConversationType,
        event::{Changed, Channel, Event, ServerEvent},
        id::{ClientMessageId, ConversationId, MessageId, UserId},
        message::{ListedMessage, Message, MessageStatus},
        page::Page,
        socket::MessageSendInput,
        time::Timestamp,
    },
    observability::{
        metrics::{self, Outcome},
        stages::{self, Stage, Subject},
        traces,
    },
    runtime::{fail, tasks::Tasks},
    store::{
        Store,
        messages::{NewMessage, Side, Stored},
        participants::Membership,
    },
};

/// How long storing usually takes at most. While it takes longer, it may be the second try of something stored.
const USUAL: Duration = Duration::from_millis(50);

/// Which page of a history.
#[derive(Debug, Clone)]
pub struct HistoryInput {
    /// What the page before said; nothing for the newest page.
    pub cursor: Option<String>,
    /// How many messages, 1 to 100.
    pub limit: u32,
    /// Only messages stored before this moment.
    pub before: Option<Timestamp>,
    /// Only messages after this number, oldest first.
    pub after: Option<i64>,
}

/// A page of a history, newest first, and the heads at the same moment.
#[derive(Debug)]
pub struct History {
    /// The messages.
    pub page: Page<ListedMessage>,
    /// The newest message's number.
    pub seq: i64,
    /// The newest other change's number.
    pub rev: i64,
}

/// A message that is stored for good.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The message.
    pub message: Message,
    /// An earlier try had stored it.
    pub duplicate: bool,
    /// The number of the conversation's newest change before it.
    rev: i64,
    /// What kind of conversation it is in, if that is known.
    kind: Option<ConversationType>,
    arrived: Instant,
    stored: Instant,
}

impl Sent {
    fn outcome(&self) -> Outcome {
        if self.duplicate { Outcome::Duplicate } else { Outcome::Delivered }
    }
}

/// Send and read back.
pub struct MessageService {
    store: Store,
    engine: Engine,
    cursors: Cursors,
    writer: Arc<Writer>,
}

impl MessageService {
    /// On this database and bus. What is sent is stored by `tasks`, which nobody cancels.
    pub fn new(store: Store, engine: Engine, cursors: Cursors, tasks: Tasks) -> Self {
        let writer = Writer::new(store.clone(), tasks);
        Self { store, engine, cursors, writer }
    }

    /// Stores a message, once, however often it is sent. Returns after the commit and tells nobody: the caller answers
    /// first and then calls [`Self::publish`], so that a sender has the answer before anything that came later.
    ///
    /// Is in its place behind what was sent to the conversation before as soon as this was polled for the first time.
    /// To be run where nobody cancels it: a message stored and not published reaches nobody until they look.
    /// `arrived` is when the message came to this node.
    pub async fn send(&self, caller: &Caller, input: MessageSendInput, arrived: Instant) -> Result<Sent> {
        let id = MessageId::new();
        let subject = Subject { message: id, conversation: input.conversation_id, user: caller.user_id };
        stages::passed(Stage::Received, subject, arrived.elapsed());
        let sent = self.store_once(caller, id, input, arrived).await;
        let took = arrived.elapsed();
        if let Err(error) = &sent {
            metrics::answered(None, Outcome::Failed, took);
            metrics::message_failed(error.code);
        }
        traces::message(subject, took, sent.as_ref().map(Sent::outcome).map_err(|error| error.code));
        sent
    }

    async fn store_once(
        &self,
        caller: &Caller,
        id: MessageId,
        input: MessageSendInput,
        arrived: Instant,
    ) -> Result<Sent> {
        let begun = Instant::now();
        rules::check(&input)?;
        let new = NewMessage {
            id,
            conversation_id: input.conversation_id,
            sender_id: caller.user_id,
            content: input.content,
            content_type: input.content_type,
            client_message_id: input.client_message_id,
            reply_to_id: input.reply_to_id,
        };
        stages::passed(Stage::Validated, new.subject(), begun.elapsed());
        let outcome = self.store(new).await?;
        let stored = Instant::now();
        let sent = match outcome {
            Stored::New(message, rev, kind) => Sent { message, duplicate: false, rev, kind, arrived, stored },
            Stored::Duplicate(message) if message.conversation_id == input.conversation_id => {
                Sent { message, duplicate: true, rev: 0, kind: None, arrived, stored }
            }
            Stored::Duplicate(_) => {
                return Err(Error::new(
                    ErrorCode::Conflict,
                    "This clientMessageId belongs to a message in another conversation.",
                ));
            }
            Stored::NotAMember => return Err(Error::not_in_conversation()),
            Stored::ReadOnly => {
                return Err(Error::new(ErrorCode::Forbidden, "This person has deleted their account."));
            }
            Stored::NoSuchReply => {
                return Err(Error::invalid("replyToId", "There is no such message in this conversation."));
            }
        };
        Ok(sent)
    }

    /// Stores a message. When that takes long, or cannot be begun, an earlier try may have stored it all the same: then
    /// that is the answer. Is queued before anything is awaited.
    async fn store(&self, new: NewMessage) -> Result<Stored> {
        let (sender, name) = (new.sender_id, new.client_message_id);
        let mut storing = pin!(self.writer.store(new));
        match timeout(USUAL, &mut storing).await {
            Ok(Err(overloaded)) if overloaded.code == ErrorCode::ServiceUnavailable => {
                self.stored_before(sender, name).await.map(Stored::Duplicate).ok_or(overloaded)
            }
            Ok(stored) => stored,
            Err(_) => tokio::select! {
                stored = storing => stored,
                Some(first) = self.stored_before(sender, name) => Ok(Stored::Duplicate(first)),
            },
        }
    }

    /// What an earlier try stored, as far as the engine remembers it; the database decides whether that is so.
    async fn stored_before(&self, sender: UserId, name: ClientMessageId) -> Option<Message> {
        let id = self.engine.dedup.recall(sender, name).await?;
        let message = self.store.message(id).await.ok()??;
        Some(message).filter(|message| message.sender_id == sender && message.client_message_id == name)
    }

    /// Tells everybody in the conversation, on every node. Waits for nothing. A duplicate was told before.
    pub fn publish(&self, sent: &Sent) {
        fail::point("before_publish");
        metrics::answered(sent.kind, sent.outcome(), sent.arrived.elapsed());
        tracing::debug!(
            conversationId = %sent.message.conversation_id,
            messageId = %sent.message.id,
            userId = %sent.message.sender_id,
            seq = sent.message.seq,
            duplicate = sent.duplicate,
            latencyMs = stages::millis(sent.arrived.elapsed()),
            "message.sent"
        );
        if !sent.duplicate {
            let Message { id, sender_id, client_message_id, .. } = sent.message;
            self.engine.dedup.remember(sender_id, client_message_id, id);
            let stored = Event::Message { message: sent.message.clone(), rev: sent.rev };
            self.engine.bus.publish(Channel::Chat(sent.message.conversation_id), stored);
            stages::passed(Stage::Published, subject(&sent.message), sent.stored.elapsed());
        }
        fail::point("after_publish");
    }

    /// What a conversation unknown to the caller answers over HTTP, where unknown and foreign differ.
    pub async fn check_member(&self, caller: &Caller, conversation: ConversationId) -> Result<()> {
        match self.store.membership(conversation, caller.user_id).await? {
            Membership::Member => Ok(()),
            other => Err(refusal(other)),
        }
    }

    /// Deletes a message: its sender does, and in a group an owner or admin. It stays as a tombstone.
    pub async fn delete(&self, caller: &Caller, id: MessageId) -> Result<()> {
        let may = |kind, role, own| rules::may_delete(kind, role, own);
        let deleted = self.store.delete_message(id, caller.user_id, may).await?;
        let deleted = deleted.ok_or_else(|| Error::not_found("There is no such message."))?;
        tracing::info!(conversation.id = %deleted.conversation_id, message.id = %id, user.id = %caller.user_id, "message.deleted");
        let conversation_id = deleted.conversation_id;
        let events = vec![ServerEvent::MessageDeleted(deleted)];
        self.engine.bus.publish(Channel::Chat(conversation_id), Event::Changed(Changed { conversation_id, events }));
        Ok(())
    }

    /// Adds how many have read each message: what waits to be stored, or what is stored, whatever is more.
    async fn with_read_counts(
        &self,
        conversation: ConversationId,
        kind: ConversationType,
        messages: Vec<Message>,
    ) -> Result<Vec<ListedMessage>> {
        let (mut waiting, mut stored) = (HashMap::new(), HashMap::new());
        if kind == ConversationType::Group {
            let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
            waiting = self.engine.receipts.counts(conversation, &ids).await;
            stored = self.store.read_counts(&ids).await?;
        }
        let listed = |message: Message| {
            let read_count = match kind {
                ConversationType::Direct => i64::from(message.status == MessageStatus::Read),
                ConversationType::Group => waiting.get(&message.id).max(stored.get(&message.id)).copied().unwrap_or(0),
            };
            ListedMessage { message, read_count }
        };
        Ok(messages.into_iter().map(listed).collect())
    }

    /// A page of a conversation's history, newest first.
    pub async fn history(&self, caller: &Caller, conversation: ConversationId, input: HistoryInput) -> Result<History> {
        let mut violations = Violations::default();
        violations.require((1..=100).contains(&input.limit), "limit", "Between 1 and 100.");
        violations.require(input.after.is_none_or(|after| after >= 0), "after", "This must be 0 or more.");
        let alone = [input.cursor.is_some(), input.before.is_some(), input.after.is_some()];
        if alone.into_iter().filter(|given| *given).count() > 1 {
            let field = if input.cursor.is_some() { "cursor" } else { "before" };
            violations.add(field, "Give only one of cursor, before and after.");
        }
        violations.check()?;
        let scope = format!("messages of {conversation}");
        let cursor = input.cursor.map(|cursor| self.cursors.read::<i64>(&scope, &cursor)).transpose()?;
        self.check_member(caller, conversation).await?;
        let side = match (input.after, input.before) {
            (Some(after), _) => Side::After(after),
            (None, Some(moment)) => Side::Before(Some(self.store.first_seq_at(conversation, moment).await?)),
            (None, None) => Side::Before(cursor),
        };
        let mut snapshot = self.store.history(conversation, side, i64::from(input.limit) + 1).await?;
        if input.after.is_some() {
            snapshot.messages.reverse();
        }
        let page = Page::from_one_more(snapshot.messages, input.limit as usize, |last| match side {
            Side::Before(_) => self.cursors.make(&scope, &last.seq),
            // One goes on with the last number.
            Side::After(_) => None,
        });
        let items = self.with_read_counts(conversation, snapshot.kind, page.items).await?;
        let page = Page { items, meta: page.meta };
        Ok(History { page, seq: snapshot.seq, rev: snapshot.rev })
    }
}

/// Which message it is, for logs.
fn subject(message: &Message) -> Subject {
    Subject { message: message.id, conversation: message.conversation_id, user: message.sender_id }
}
