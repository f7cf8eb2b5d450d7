// A bot that says again what follows "!echo".
// Run it: npm install socket.io-client && node echo.mjs http://localhost:8000 bot@example.org password
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';

const [server, email, password] = process.argv.slice(2);
let cookie = '';

/** Asks the API. The refresh cookie is kept, as a browser keeps it. */
async function ask(method, path, { body, headers } = {}) {
  const answer = await fetch(`${server}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', cookie, ...headers },
    body: body && JSON.stringify(body),
  });
  const set = answer.headers.getSetCookie()[0];
  if (set) cookie = set.split(';')[0];
  const { data, error } = await answer.json();
  if (error) throw error;
  return data;
}

const { user, ...tokens } = await ask('POST', '/auth/login', { body: { email, password } });
let token = tokens.accessToken;
/** For each conversation the number of the newest message that came over the socket. */
const seen = new Map();

// A function, so that every reconnect shows the newest token.
const socket = io(`${server}/chat`, { auth: (show) => show({ token }) });

/** Renews the token in time, for as long as the bot runs. A try that is repeated keeps its key. */
async function stayIn(seconds) {
  await sleep(seconds * 800);
  const headers = { 'idempotency-key': randomUUID() };
  let renewed = null;
  while (!renewed) {
    renewed = await ask('POST', '/auth/refresh', { headers }).catch((error) => {
      if (error.retryable === false) throw error;
    });
    if (!renewed) await sleep(2000);
  }
  token = renewed.accessToken;
  if (socket.connected) socket.emit('auth', { token });
  return stayIn(renewed.expiresIn);
}

/** Subscribes to these conversations and has replayed what was missed, however much it is. */
async function follow(ids) {
  for (let rest = ids; rest.length > 0; ) {
    const conversations = rest.slice(0, 500).map((id) => ({ conversationId: id, lastSeq: seen.get(id) }));
    rest = rest.slice(500);
    const answer = await socket.timeout(10_000).emitWithAck('subscribe', { conversations });
    if (!answer.ok) {
      if (!answer.error.retryable) throw answer.error;
      await sleep((answer.error.retryAfter ?? 1) * 1000);
    }
    for (const one of answer.ok ? answer.conversations : conversations) {
      const again = !answer.ok || one.truncated || one.error?.retryable;
      if (again) rest.push(one.conversationId);
      else if (one.error) seen.delete(one.conversationId);
      else if (one.reset) seen.set(one.conversationId, one.seq);
    }
  }
}

/** Sends a message, as often as it takes. It is stored once, because every try has the same name. */
async function send(conversationId, content) {
  const message = { conversationId, content, clientMessageId: randomUUID() };
  for (;;) {
    const answer = await socket.timeout(10_000).emitWithAck('message:send', message).catch(() => null);
    if (answer?.ok) return;
    if (answer && !answer.error.retryable) return console.error(answer.error.message);
    await sleep((answer?.error.retryAfter ?? 1) * 1000);
  }
}

/** Lists the conversations, for there may be new ones, and follows them all. */
async function catchUp() {
  const headers = { authorization: `Bearer ${token}` };
  for (let cursor = ''; cursor !== null; ) {
    const page = await ask('GET', `/conversations?limit=100${cursor && `&cursor=${cursor}`}`, { headers });
    for (const { id, lastSeq } of page.conversations) if (!seen.has(id)) seen.set(id, lastSeq);
    cursor = page.meta.cursor;
  }
  await follow([...seen.keys()]);
  console.log(`Listening to ${seen.size} conversations as ${user.username}.`);
}

/** What failed in between is done again by the next connection. */
async function startAgain(error) {
  console.error(error.message);
  await sleep(2000);
  socket.disconnect().connect();
}

socket.on('connect', () => catchUp().catch(startAgain));

socket.on('conversation:created', ({ conversation }) => {
  seen.set(conversation.id, 0);
  follow([conversation.id]).catch(startAgain);
});

socket.on('message:received', ({ message }) => {
  const { conversationId, seq, senderId, content } = message;
  if (seq <= (seen.get(conversationId) ?? 0)) return;
  seen.set(conversationId, seq);
  if (senderId !== user.id && content.startsWith('!echo ')) send(conversationId, content.slice(6));
});

// After these words the server closes the socket; `disconnect` follows.
socket.on('auth:error', ({ code, message }) => console.error(`${code}: ${message}`));
socket.on('disconnect', (reason) => {
  // Any other ending is temporary, and the library connects again by itself.
  if (reason === 'io server disconnect') process.exit(1);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    socket.disconnect();
    ask('POST', '/auth/logout').finally(() => process.exit());
  });
}
await stayIn(tokens.expiresIn);
