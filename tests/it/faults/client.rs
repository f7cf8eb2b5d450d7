//! A client as they should be: it comes back when its connection is lost, asks for what it missed, and sends again what
//! was not answered. It writes down all that happens to it.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite};

use super::{
    history::What,
    plan::{Action, Message},
    world::World,
};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long to wait before something is tried again.
const AGAIN: Duration = Duration::from_millis(150);

/// What a client has of a conversation: everything up to a number, and some of what comes after it.
#[derive(Default)]
struct Known {
    prefix: i64,
    beyond: BTreeSet<i64>,
}

impl Known {
    fn learn(&mut self, seq: i64) {
        if seq > self.prefix {
            self.beyond.insert(seq);
        }
        while self.beyond.remove(&(self.prefix + 1)) {
            self.prefix += 1;
        }
    }
}

/// The connection is over.
enum End {
    /// It broke, or was ended by one of the two.
    Lost,
    /// An answer did not come.
    Silent,
}

/// One client.
pub struct Client {
    world: Arc<World>,
    index: usize,
    user: usize,
    node: usize,
    connection: u32,
    steps: VecDeque<(Duration, Action)>,
    due: Instant,
    /// What was asked and not answered, in its order: a message, or nothing for a subscription.
    pending: BTreeMap<u64, (Instant, Option<Message>)>,
    asked: u64,
    again: VecDeque<Message>,
    /// The last thing that it did was to send something again.
    retried: bool,
    last: Option<Message>,
    posted: FuturesUnordered<BoxFuture<'static, (Message, Option<What>)>>,
    known: Vec<Known>,
    listening: HashSet<usize>,
    wanted: HashSet<usize>,
}

impl Client {
    /// One that has done nothing yet.
    pub fn new(world: Arc<World>, index: usize, steps: VecDeque<(Duration, Action)>) -> Self {
        let user = index % world.users.len();
        let known = world.conversations.iter().map(|_| Known::default()).collect();
        Self {
            user,
            node: index,
            connection: 0,
            steps,
            due: Instant::now(),
            pending: BTreeMap::new(),
            asked: 0,
            again: VecDeque::new(),
            retried: false,
            last: None,
            posted: FuturesUnordered::new(),
            known,
            listening: HashSet::new(),
            wanted: HashSet::new(),
            world,
            index,
        }
    }

    /// Lives until the world ends.
    pub async fn run(mut self) {
        let over = self.world.over.clone();
        while !over.is_cancelled() {
            let connected = over.run_until_cancelled(self.connect()).await;
            let Some(Some(mut stream)) = connected else {
                self.node += 1;
                // Its subscription, if it came that far.
                self.pending.clear();
                sleep(AGAIN).await;
                continue;
            };
            let end = over.run_until_cancelled(self.live(&mut stream)).await;
            let silent = matches!(end, Some(End::Silent));
            self.note(What::Lost { silent });
            // What was under way has no answer, and is sent again.
            let open = std::mem::take(&mut self.pending);
            self.again.extend(open.into_values().filter_map(|(_, message)| message));
            self.node += usize::from(silent);
            self.due = Instant::now() + AGAIN;
            self.tell_state();
        }
    }

    fn note(&self, what: What) {
        self.world.history.note(self.index, self.connection, what);
    }

    async fn connect(&mut self) -> Option<Stream> {
        let url = self.world.node(self.node).replacen("http", "ws", 1);
        let token = &self.world.tokens[self.user];
        let opened = timeout(self.world.patience, async {
            let (mut stream, _) = connect_async(format!("{url}/socket.io/?EIO=4&transport=websocket")).await.ok()?;
            text(&mut stream).await?.starts_with("0{").then_some(())?;
            say(&mut stream, format!("40/chat,{}", json!({ "token": token }))).await.ok()?;
            text(&mut stream).await?.starts_with("40/chat,").then_some(())?;
            text(&mut stream).await?.starts_with("42/chat,[\"auth:success\"").then_some(stream)
        });
        let mut stream = opened.await.ok()??;
        self.connection += 1;
        self.note(What::Connected);
        self.listening.clear();
        let own = self.world.members.iter().enumerate().filter(|(_, members)| members.contains(&self.user));
        self.wanted = own.map(|(conversation, _)| conversation).collect();
        self.subscribe(&mut stream).await.ok()?;
        Some(stream)
    }

    async fn subscribe(&mut self, stream: &mut Stream) -> Result<(), End> {
        let outstanding = self.pending.values().any(|(_, message)| message.is_none());
        if outstanding || self.wanted.is_empty() {
            return Ok(());
        }
        let mut asked = Vec::new();
        for conversation in self.wanted.drain().collect::<Vec<_>>() {
            let (name, last_seq) = (self.world.conversations[conversation].clone(), self.known[conversation].prefix);
            asked.push(json!({"conversationId": name, "lastSeq": last_seq}));
            self.note(What::Subscribing { conversation: name, last_seq });
        }
        self.ask(stream, "subscribe", &json!({"conversations": asked}), None).await
    }

    async fn ask(
        &mut self,
        stream: &mut Stream,
        event: &str,
        payload: &Value,
        message: Option<Message>,
    ) -> Result<(), End> {
        self.asked += 1;
        self.pending.insert(self.asked, (Instant::now() + self.world.patience, message));
        say(stream, format!("42/chat,{}[\"{event}\",{payload}]", self.asked)).await
    }

    async fn live(&mut self, stream: &mut Stream) -> End {
        loop {
            self.tell_state();
            let ready = self.pending.values().all(|(_, message)| message.is_some());
            let work = ready && (!self.again.is_empty() || !self.steps.is_empty());
            let patience = self.pending.values().next().map(|(until, _)| *until);
            let done = tokio::select! {
                packet = text(stream) => match packet {
                    Some(packet) => self.take(stream, &packet).await,
                    None => Err(End::Lost),
                },
                () = sleep_until(self.due), if work => self.step(stream).await,
                Some((message, outcome)) = self.posted.next() => {
                    self.answered(0, message, outcome);
                    Ok(())
                }
                () = sleep_until(patience.unwrap_or_else(Instant::now)), if patience.is_some() => Err(End::Silent),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// Does the next thing.
    async fn step(&mut self, stream: &mut Stream) -> Result<(), End> {
        // What was not stored is sent again, and keeps nobody from saying something else meanwhile.
        if (self.steps.is_empty() || !self.retried)
            && let Some(message) = self.again.pop_front()
        {
            self.retried = true;
            return self.send(stream, message).await;
        }
        self.retried = false;
        let Some((_, action)) = self.steps.pop_front() else { return Ok(()) };
        self.due = Instant::now() + self.steps.front().map_or(AGAIN, |(pause, _)| *pause);
        match action {
            Action::Say(messages) => {
                for message in messages {
                    self.send(stream, message).await?;
                }
            }
            Action::Again => {
                if let Some(message) = self.last.clone() {
                    self.send(stream, message).await?;
                }
            }
            Action::Post(message) => {
                self.world.history.note(self.index, 0, self.world.sending(&message));
                let (world, node, user) = (Arc::clone(&self.world), self.node, self.user);
                let posting = async move {
                    let outcome = world.post(node, user, &message).await;
                    (message, outcome)
                };
                self.posted.push(posting.boxed());
            }
            Action::Reconnect => {
                self.node += 1;
                return Err(End::Lost);
            }
            Action::Change { conversation, user, member } => {
                self.world.change(self.index, self.user, (conversation, user, member)).await;
            }
        }
        Ok(())
    }

    async fn send(&mut self, stream: &mut Stream, message: Message) -> Result<(), End> {
        self.note(self.world.sending(&message));
        let payload = json!({
            "conversationId": self.world.conversations[message.conversation],
            "content": message.content,
            "clientMessageId": message.name,
        });
        self.last = Some(message.clone());
        self.ask(stream, "message:send", &payload, Some(message)).await
    }

    /// A message was answered, or will not be.
    fn answered(&mut self, connection: u32, message: Message, outcome: Option<What>) {
        match &outcome {
            Some(What::Stored { seq, .. }) => self.known[message.conversation].learn(*seq),
            Some(What::Refused { retryable: false, .. }) => {}
            Some(_) | None => {
                self.due = self.due.max(Instant::now() + AGAIN);
                self.again.push_back(message);
            }
        }
        if let Some(what) = outcome {
            self.world.history.note(self.index, connection, what);
        }
    }

    /// Takes a packet.
    async fn take(&mut self, stream: &mut Stream, packet: &str) -> Result<(), End> {
        if let Some(rest) = packet.strip_prefix("43/chat,") {
            let (id, payload) = rest.split_at(rest.find('[').unwrap());
            let (payload,): (Value,) = serde_json::from_str(payload).unwrap();
            return match self.pending.remove(&id.parse().unwrap()) {
                Some((_, Some(message))) => {
                    let outcome = World::outcome(&message, &payload);
                    self.answered(self.connection, message, Some(outcome));
                    Ok(())
                }
                _ => self.subscribed(stream, &payload).await,
            };
        }
        if packet.starts_with("41") || packet == "1" {
            return Err(End::Lost);
        }
        let Some(event) = packet.strip_prefix("42/chat,") else { return Ok(()) };
        let (name, payload): (String, Value) = serde_json::from_str(event).unwrap();
        match name.as_str() {
            "message:received" => {
                let message = &payload["message"];
                let field = |name: &str| message[name].as_str().unwrap().to_owned();
                let (conversation, seq) = (field("conversationId"), message["seq"].as_i64().unwrap());
                let place = self.world.place(&conversation);
                let (name, id, content) = (field("clientMessageId"), field("id"), field("content"));
                self.note(What::Received { conversation, message: name, id, seq, content });
                self.known[place].learn(seq);
            }
            "participant:removed" if payload["userId"] == self.world.users[self.user].as_str() => {
                self.listening.remove(&self.world.place(payload["conversationId"].as_str().unwrap()));
            }
            "conversation:created" => {
                let conversation = self.world.place(payload["conversation"]["id"].as_str().unwrap());
                if !self.listening.contains(&conversation) {
                    self.wanted.insert(conversation);
                    self.subscribe(stream).await?;
                }
            }
            "auth:error" => return Err(End::Lost),
            _ => {}
        }
        Ok(())
    }

    /// A subscription was answered.
    async fn subscribed(&mut self, stream: &mut Stream, payload: &Value) -> Result<(), End> {
        let Some(answers) = payload["conversations"].as_array() else { return Err(End::Lost) };
        for answer in answers {
            let name = answer["conversationId"].as_str().unwrap();
            let conversation = self.world.place(name);
            assert_ne!(answer["reset"], true, "nobody is ahead of the database");
            if answer["truncated"] == true {
                self.note(What::Truncated { conversation: name.to_owned() });
                self.wanted.insert(conversation);
            } else if answer.get("error").is_none() {
                self.wanted.remove(&conversation);
                self.listening.insert(conversation);
            }
        }
        self.subscribe(stream).await
    }

    /// Lets the world know how far this one is.
    fn tell_state(&self) {
        let idle = self.steps.is_empty() && self.again.is_empty() && self.pending.is_empty() && self.posted.is_empty();
        self.world.tell(self.index, idle, self.known.iter().map(|known| known.prefix));
    }
}

/// The next text; pings are answered on the way. Nothing when the connection has ended.
async fn text(stream: &mut Stream) -> Option<String> {
    loop {
        match stream.next().await?.ok()? {
            tungstenite::Message::Text(text) if text == "2" => say(stream, "3".to_owned()).await.ok()?,
            tungstenite::Message::Text(text) => return Some(text.to_string()),
            _ => {}
        }
    }
}

async fn say(stream: &mut Stream, packet: String) -> Result<(), End> {
    // What a peer that stands still does not take is lost with the connection.
    match timeout(Duration::from_secs(5), stream.send(tungstenite::Message::text(packet))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(End::Lost),
    }
}
