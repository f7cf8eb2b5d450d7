// What Trice is compared with: socket.io and pg as their manuals show them, a transaction for each message. It speaks the part of
// the protocol that the load generator uses, on the same schema, and checks what Trice checks: the token, its session,
// and membership under a lock.
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import pg from "pg";
import { Server } from "socket.io";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });

/** The claims of a valid access token. */
function verify(token) {
  const [header, payload, signature] = token.split(".");
  const right = createHmac("sha256", process.env.JWT_ACCESS_SECRET).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw new Error("TOKEN_INVALID");
  const claims = JSON.parse(Buffer.from(payload, "base64url"));
  if (claims.exp * 1000 < Date.now()) throw new Error("TOKEN_EXPIRED");
  return claims;
}

// Named statements are prepared once for each connection.
const statements = {
  session: "select 1 from sessions where id = $1 and revoked_at is null",
  member: `select u.username, u.display_name, u.avatar_url
           from conversation_participants p join users u on u.id = p.user_id
           where p.conversation_id = $1 and p.user_id = $2 and p.is_active`,
  lock: `select u.username, u.display_name, u.avatar_url
         from conversation_participants p join users u on u.id = p.user_id
         where p.conversation_id = $1 and p.user_id = $2 and p.is_active for no key update of p`,
  number: `update conversations set last_seq = last_seq + 1, updated_at = greatest(clock_timestamp(), updated_at)
           where id = $1 and deleted_at is null returning last_seq, updated_at`,
  insert: `insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $7)`,
  position: `update conversation_participants set last_read_seq = $3, last_read_message_id = $4, last_read_at = $5
             where conversation_id = $1 and user_id = $2`,
};
const query = (client, name, values) => client.query({ name, text: statements[name], values });

/** Stores a message in a transaction of its own. */
async function store(userId, { conversationId, content, clientMessageId }) {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const member = (await query(client, "lock", [conversationId, userId])).rows[0];
    if (!member) throw new Error("NOT_IN_CONVERSATION");
    const head = (await query(client, "number", [conversationId])).rows[0];
    const id = randomUUID();
    const [seq, at] = [head.last_seq, head.updated_at];
    await query(client, "insert", [id, conversationId, seq, userId, content, clientMessageId, at]);
    await query(client, "position", [conversationId, userId, seq, id, at]);
    await client.query("commit");
    const { username, display_name: displayName, avatar_url: avatarUrl } = member;
    return {
      id, conversationId, seq: Number(seq), senderId: userId,
      sender: { id: userId, username, displayName, avatarUrl },
      content, contentType: "text", clientMessageId, status: "delivered", replyToId: null,
      createdAt: at, updatedAt: at, deletedAt: null,
    };
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
}

const http = createServer((_, response) => response.end("ready"));
const chat = new Server(http, { pingInterval: 15_000, pingTimeout: 15_000, maxHttpBufferSize: 100_000 }).of("/chat");

chat.on("connection", async (socket) => {
  const refuse = (answer, error) => answer({ ok: false, error: { code: error.message } });
  let claims;
  // Events wait until it is known who sends them.
  const known = (async () => {
    claims = verify(socket.handshake.auth.token);
    if (!(await query(pool, "session", [claims.sid])).rowCount) throw new Error("TOKEN_REVOKED");
  })();
  socket.on("subscribe", async ({ conversationId }, answer) => {
    try {
      await known;
      if (!(await query(pool, "member", [conversationId, claims.sub])).rowCount) throw new Error("NOT_IN_CONVERSATION");
      socket.join(conversationId);
      answer({ ok: true, conversationId });
    } catch (error) {
      refuse(answer, error);
    }
  });
  socket.on("message:send", async (input, answer) => {
    try {
      await known;
      const message = await store(claims.sub, input);
      answer({ ok: true, clientMessageId: message.clientMessageId, messageId: message.id, seq: message.seq });
      socket.to(message.conversationId).emit("message:received", { message });
    } catch (error) {
      refuse(answer, error);
    }
  });
  try {
    await known;
    socket.emit("auth:success", { userId: claims.sub, sessionId: claims.sid });
  } catch (error) {
    socket.emit("auth:error", { code: error.message });
    socket.disconnect(true);
  }
});

http.listen(Number(process.env.PORT), "127.0.0.1");
