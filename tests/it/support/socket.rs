//! A small client of Engine.IO 4 and Socket.IO 5, close enough to the wire to misbehave.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use super::{Person, TestApp};

/// How long a test waits for something that must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// A connected socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Events that came while something else was waited for.
    pub heard: VecDeque<(String, Value)>,
    asked: u64,
}

impl Socket {
    /// A connection, not in any namespace yet.
    pub async fn transport(app: &TestApp, query: &str) -> Self {
        Self::transport_to(&app.url, query).await
    }

    async fn transport_to(url: &str, query: &str) -> Self {
        let url = format!("{}/socket.io/?EIO=4&transport=websocket{query}", url.replacen("http", "ws", 1));
        let (stream, _) = connect_async(url).await.unwrap();
        let mut socket = Self { stream, heard: VecDeque::new(), asked: 1000 };
        assert!(socket.packet().await.unwrap().starts_with("0{"));
        socket
    }

    /// In the namespace, with a header of the handshake.
    pub async fn with_header(app: &TestApp, name: &'static str, value: &str) -> Self {
        let url = format!("{}/socket.io/?EIO=4&transport=websocket", app.url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let (stream, _) = connect_async(request).await.unwrap();
        let mut socket = Self { stream, heard: VecDeque::new(), asked: 1000 };
        assert!(socket.packet().await.unwrap().starts_with("0{"));
        socket.raw("40/chat,").await;
        assert!(socket.packet().await.unwrap().starts_with("40/chat,"));
        socket
    }

    /// In the namespace, with this payload.
    pub async fn open(app: &TestApp, query: &str, auth: &Value) -> Self {
        let mut socket = Self::transport(app, query).await;
        socket.raw(&format!("40/chat,{auth}")).await;
        assert!(socket.packet().await.unwrap().starts_with("40/chat,{\"sid\":"));
        socket
    }

    /// In the namespace, as somebody.
    pub async fn signed_in(app: &TestApp, person: &Person) -> Self {
        let mut socket = Self::open(app, "", &serde_json::json!({"token": person.token})).await;
        socket.event("auth:success").await;
        socket
    }

    /// The same, at a program that runs beside the server.
    pub async fn signed_in_to(url: &str, person: &Person) -> Self {
        let mut socket = Self::transport_to(url, "").await;
        socket.raw(&format!("40/chat,{}", serde_json::json!({"token": person.token}))).await;
        socket.event("auth:success").await;
        socket
    }

    /// Sends an Engine.IO packet as it stands.
    pub async fn raw(&mut self, packet: &str) {
        self.stream.send(Message::text(packet)).await.unwrap();
    }

    /// Sends an event that wants no answer.
    pub async fn send(&mut self, event: &str, payload: &Value) {
        self.raw(&format!("42/chat,[\"{event}\",{payload}]")).await;
    }

    /// Sends an event and waits for its answer.
    pub async fn ask(&mut self, event: &str, payload: &Value) -> Value {
        self.asked += 1;
        self.raw(&format!("42/chat,{}[\"{event}\",{payload}]", self.asked)).await;
        self.answer(self.asked).await
    }

    /// Waits for the answer with this id.
    pub async fn answer(&mut self, id: u64) -> Value {
        let head = format!("43/chat,{id}[");
        loop {
            let packet = self.packet().await.expect("the socket ended without an answer");
            if let Some(payload) = packet.strip_prefix(&head) {
                return serde_json::from_str(payload.strip_suffix(']').unwrap()).unwrap();
            }
            self.keep(&packet);
        }
    }

    /// Waits for the next event, whatever it is.
    pub async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some(event) = self.heard.pop_front() {
                return event;
            }
            let packet = self.packet().await.expect("the socket ended without an event");
            self.keep(&packet);
        }
    }

    /// Waits for the next event of that name; others are passed over, answers too.
    pub async fn event(&mut self, name: &str) -> Value {
        loop {
            let (heard, payload) = self.next().await;
            if heard == name {
                return payload;
            }
        }
    }

    /// Waits for the next event of these names, and leaves what else came where it is.
    pub async fn event_of(&mut self, names: &[&str]) -> (String, Value) {
        let mut at = 0;
        loop {
            match self.heard.get(at) {
                Some((name, _)) if names.contains(&name.as_str()) => return self.heard.remove(at).unwrap(),
                Some(_) => at += 1,
                None => {
                    let packet = self.packet().await.expect("the socket ended without an event");
                    self.keep(&packet);
                }
            }
        }
    }

    /// Waits for the end, and answers what came before it.
    pub async fn end(&mut self) -> Vec<String> {
        let mut packets = Vec::new();
        while let Some(packet) = self.packet().await {
            if packet != "1" {
                packets.push(packet);
            }
        }
        packets
    }

    /// The next packet; nothing when the connection has ended.
    pub async fn packet(&mut self) -> Option<String> {
        self.packet_within(DEADLINE).await
    }

    /// The next packet, waited for as long as this.
    pub async fn packet_within(&mut self, deadline: Duration) -> Option<String> {
        loop {
            match timeout(deadline, self.stream.next()).await.expect("nothing came in time")?.ok()? {
                Message::Text(text) if text == "2" => self.raw("3").await,
                Message::Text(text) => return Some(text.to_string()),
                _ => {}
            }
        }
    }

    fn keep(&mut self, packet: &str) {
        if let Some(payload) = packet.strip_prefix("42/chat,") {
            let event: (String, Value) = serde_json::from_str(payload).unwrap();
            self.heard.push_back(event);
        }
    }
}
