// People who talk through the proxy with the official client, and note what they see.

import { randomUUID } from 'node:crypto';
import https from 'node:https';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const { io } = createRequire(new URL('../../web/package.json', import.meta.url))('socket.io-client');
const url = process.env.TRICE_URL;
let addresses = 1;

/** One request; answers status and body. */
function request(agent, method, path, token, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const asked = https.request(`${url}${path}`, { method, agent, headers }, (answer) => {
      let text = '';
      answer.on('data', (data) => (text += data));
      answer.on('end', () => resolve({ status: answer.statusCode, body: text ? JSON.parse(text) : null }));
    });
    asked.on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}

export class Person {
  /** What was shown, by number; what came twice; when there was no line, in ms; holes asked for; what was stored, by its id. */
  shown = new Map();
  twice = [];
  gaps = [];
  holes = 0;
  stored = new Map();
  epoch = null;
  head = 0;

  /** Somebody new, at an address of their own, so that the proxy spreads them over the nodes. */
  static async arrive(transports = ['websocket', 'polling']) {
    const person = new Person();
    person.agent = new https.Agent({ keepAlive: true, family: 4, localAddress: `127.0.0.${(addresses += 1)}` });
    person.transports = transports;
    const name = `p_${randomUUID().slice(0, 12).replaceAll('-', '')}`;
    person.account = { email: `${name}@example.org`, username: name, password: 'Correct-horse-7', displayName: name };
    const { status, body } = await person.ask('POST', '/api/v1/auth/register', person.account);
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    person.token = body.data.accessToken;
    person.id = body.data.user.id;
    return person;
  }

  ask(method, path, body) {
    return request(this.agent, method, path, this.token, body);
  }

  async group(others) {
    const input = { type: 'group', title: 'Tea', participantIds: others.map((other) => other.id) };
    return (await this.ask('POST', '/api/v1/conversations', input)).body.data.id;
  }

  /** Listens to a conversation, and comes back by itself. */
  async listen(conversationId) {
    this.conversationId = conversationId;
    const { agent, transports, token } = this;
    this.socket = io(`${url}/chat`, { agent, transports, auth: { token }, forceNew: true });
    let gone = null;
    this.socket.on('disconnect', () => (gone ??= performance.now()));
    this.socket.on('message:received', ({ message }) => this.show(message));
    return new Promise((resolve, reject) => {
      this.socket.on('auth:error', (error) => reject(new Error(error.code)));
      this.socket.on('auth:success', async ({ epoch }) => {
        if (gone !== null) this.gaps.push(performance.now() - gone);
        gone = null;
        this.epoch = epoch;
        await this.subscribe();
        resolve();
      });
    });
  }

  /** Whoever goes away again before the answer asks again after coming back. */
  async subscribe() {
    const input = { conversationId: this.conversationId, lastSeq: this.head };
    await this.socket.timeout(10_000).emitWithAck('subscribe', input).catch(() => {});
  }

  /** A hole that stays is asked for, as clients are to. */
  async watchForHole() {
    if (this.watching || this.head === this.shown.size) return;
    this.watching = true;
    const { head } = this;
    await sleep(500);
    if (this.head === head && this.head < this.shown.size) {
      this.holes += 1;
      await this.subscribe();
    }
    this.watching = false;
    this.watchForHole();
  }

  show(message) {
    // A replay brings one's own messages, too, beside their answers, and after a hole what is known behind it; otherwise
    // everything comes once.
    const expected = this.stored.has(message.clientMessageId) || this.holes > 0;
    if (this.shown.has(message.seq) && !expected) this.twice.push(message.seq);
    this.shown.set(message.seq, message.clientMessageId);
    while (this.shown.has(this.head + 1)) this.head += 1;
    this.watchForHole();
  }

  /** Sends until it is answered, as the web app does; the same message each time. */
  async say(content) {
    const message = { conversationId: this.conversationId, content, clientMessageId: randomUUID() };
    for (;;) {
      const answer = await this.socket.timeout(10_000).emitWithAck('message:send', message).catch(() => null);
      if (answer?.ok) {
        this.stored.set(message.clientMessageId, answer.seq);
        if (!this.shown.has(answer.seq)) this.show({ seq: answer.seq, clientMessageId: message.clientMessageId });
        return;
      }
      if (answer && !answer.error.retryable) throw new Error(JSON.stringify(answer.error));
      await sleep(100);
    }
  }

  /** Sends over HTTP, once. */
  async post(content) {
    const message = { content, clientMessageId: randomUUID() };
    const { status, body } = await this.ask('POST', `/api/v1/conversations/${this.conversationId}/messages`, message);
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    this.stored.set(message.clientMessageId, body.data.seq);
  }

  leave() {
    this.socket.removeAllListeners();
    this.socket.disconnect();
    this.agent.destroy();
  }
}
