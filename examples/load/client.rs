//! One Socket.IO client over WebSocket, as thin as it can be: what the generator costs is missing to the server beside it.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, Utf8Bytes, protocol::WebSocketConfig},
};
use uuid::Uuid;

use crate::Result;

/// A connected socket, signed in.
pub struct Client {
    stream: WebSocketStream<TcpStream>,
    asked: u64,
}

impl Client {
    /// Connects, signs in and waits until the server said so.
    pub async fn connect(server: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        // Ten thousand of these stand in one process.
        let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
        let url = format!("ws://{server}/socket.io/?EIO=4&transport=websocket");
        let (stream, _) = client_async_with_config(url, stream, Some(config)).await?;
        let mut client = Self { stream, asked: 0 };
        client.until(|packet| packet.starts_with("0{")).await?;
        client.packet(format!("40/chat,{{\"token\":\"{token}\"}}")).await?;
        client.until(|packet| packet.starts_with("42/chat,[\"auth:success\"")).await?;
        Ok(client)
    }

    /// Listens to a conversation.
    pub async fn subscribe(&mut self, conversation: Uuid) -> Result<()> {
        self.ask("subscribe", &format!("{{\"conversationId\":\"{conversation}\"}}")).await?;
        self.answered().await
    }

    /// Sends a message. Its answer is to be waited for.
    pub async fn say(&mut self, conversation: Uuid) -> Result<()> {
        let name = Uuid::new_v4();
        let payload = format!(
            "{{\"conversationId\":\"{conversation}\",\"clientMessageId\":\"{name}\",\"content\":\"See you at eight, at the usual \
             place. Bring the others, if they want to come.\"}}"
        );
        self.ask("message:send", &payload).await
    }

    /// Waits for the answer to what was asked last.
    pub async fn answered(&mut self) -> Result<()> {
        let head = format!("43/chat,{}[", self.asked);
        let packet = self.until(|packet| packet.starts_with(&head)).await?;
        if packet[head.len()..].starts_with("{\"ok\":true") { Ok(()) } else { Err(packet.as_str().into()) }
    }

    /// Waits for the next message of somebody else.
    pub async fn heard(&mut self) -> Result<()> {
        self.until(|packet| packet.starts_with("42/chat,[\"message:received\"")).await?;
        Ok(())
    }

    /// Stays connected until the server ends it.
    pub async fn idle(mut self) {
        while self.until(|_| false).await.is_ok() {}
    }

    async fn ask(&mut self, event: &str, payload: &str) -> Result<()> {
        self.asked += 1;
        self.packet(format!("42/chat,{}[\"{event}\",{payload}]", self.asked)).await
    }

    async fn packet(&mut self, packet: String) -> Result<()> {
        Ok(self.stream.send(Message::text(packet)).await?)
    }

    /// Passes packets over, but for the server's pings, until one is the right one. A refusal ends it.
    async fn until(&mut self, right: impl Fn(&str) -> bool) -> Result<Utf8Bytes> {
        loop {
            let Message::Text(packet) = self.stream.next().await.ok_or("the server closed the connection")?? else {
                continue;
            };
            if packet == "2" {
                self.packet("3".to_owned()).await?;
            } else if right(&packet) {
                return Ok(packet);
            } else if packet.contains(":error\"") || packet.starts_with("44") {
                return Err(packet.as_str().into());
            }
        }
    }
}
