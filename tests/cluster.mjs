// Two people on two nodes talk to each other through the proxy of `scripts/cluster`, one over WebSocket, one polling.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';

const { io } = createRequire(new URL('../web/package.json', import.meta.url))('socket.io-client');
const server = process.env.TRICE_URL;

/** Somebody new, with the cookies of a browser of their own. */
async function person(name) {
  const account = { email: `${name}@example.org`, username: name, password: 'Correct7Horse', displayName: name };
  const { data, cookies } = await ask('/auth/register', account);
  const node = cookies.find((cookie) => cookie.startsWith('trice-node='));
  return { id: data.user.id, token: data.accessToken, cookie: node.split(';')[0] };
}

async function ask(path, body, { token, cookie } = {}) {
  const headers = { 'content-type': 'application/json', cookie: cookie ?? '', authorization: `Bearer ${token}` };
  const answer = await fetch(`${server}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const { data, error } = await answer.json();
  assert.equal(error, undefined);
  return { data, cookies: answer.headers.getSetCookie() };
}

async function listen({ token, cookie }, transport, conversationId) {
  const socket = io(`${server}/chat`, { transports: [transport], auth: { token }, extraHeaders: { cookie }, forceNew: true });
  await once(socket, 'auth:success', { signal: AbortSignal.timeout(20_000) });
  assert.equal((await socket.timeout(20_000).emitWithAck('subscribe', { conversationId })).ok, true);
  return socket;
}

const [alice, bob] = [await person('alice'), await person('bob_')];
assert.notEqual(alice.cookie, bob.cookie, 'both are on one node');
const { data: conversation } = await ask('/conversations', { type: 'direct', participantIds: [bob.id] }, alice);
const sockets = [await listen(alice, 'websocket', conversation.id), await listen(bob, 'polling', conversation.id)];
for (const [from, to] of [sockets, [...sockets].reverse()]) {
  const heard = once(to, 'message:received', { signal: AbortSignal.timeout(20_000) });
  const message = { conversationId: conversation.id, content: 'Hello over there', clientMessageId: randomUUID() };
  const sent = await from.timeout(20_000).emitWithAck('message:send', message);
  const [received] = await heard;
  assert.equal(received.message.id, sent.messageId);
}
for (const socket of sockets) socket.disconnect();
console.log('Two people on two nodes talk to each other.');
