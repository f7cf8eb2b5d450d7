// Official clients, old and new, over each transport: each signs in, listens, sends, and hears what another one sends.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const url = process.env.TRICE_URL;
const within = (what, promise) =>
  Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error(`${what} did not come`)), 20_000).unref())]);

async function post(path, body, token) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return (await answer.json()).data;
}

async function person(name) {
  const username = `${name}_${Date.now()}`;
  const account = { username, displayName: name, email: `${username}@example.org`, password: "Correct7Horse" };
  return post("/auth/register", account);
}

const alice = await person("alice");
const bob = await person("bob");
const { id: conversationId } = await post(
  "/conversations",
  { type: "direct", participantIds: [bob.user.id] },
  alice.accessToken,
);

for (const version of ["4.0", "4.5", "4.8"]) {
  const { io } = await import(`client-${version}`);
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    const socket = io(`${url}/chat`, { auth: { token: bob.accessToken }, transports, forceNew: true });
    const event = (name) => within(name, new Promise((done) => socket.once(name, done)));
    const ask = (name, body) => within(`the answer to ${name}`, new Promise((done) => socket.emit(name, body, done)));

    assert.equal((await event("auth:success")).userId, bob.user.id);
    const last = transports.at(-1);
    const engine = socket.io.engine;
    if (engine.transport.name !== last) await within("the upgrade", new Promise((done) => engine.once("upgrade", done)));
    assert.equal(engine.transport.name, last);

    assert.equal((await ask("subscribe", { conversationId })).ok, true);
    const heard = event("message:received");
    const said = { content: `Łódź 👋 ${randomUUID()}`, clientMessageId: randomUUID() };
    await post(`/conversations/${conversationId}/messages`, said, alice.accessToken);
    assert.equal((await heard).message.content, said.content);

    const sent = await ask("message:send", { conversationId, content: "Good.", clientMessageId: randomUUID() });
    assert.equal(sent.ok, true, JSON.stringify(sent));
    const name = randomUUID();
    socket.emit("message:send", { conversationId, content: "Without an answer wanted.", clientMessageId: name });
    assert.equal((await event("message:sent")).clientMessageId, name);

    // Cut off, it comes back by itself.
    const back = event("auth:success");
    engine.close();
    if (socket.io.engine === engine) socket.io.engine.emit("close", "transport close");
    await back;
    socket.disconnect();
    console.log(`ok  socket.io-client ${version}  ${transports.join(" → ")}`);
  }
}
process.exit(0);
