import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { saveSession } from '@/api';
import { Realtime } from '@/realtime';
import { alice, makeConversation } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { answer, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';
import { followConversations } from './live';

let asked: number;
let stop: () => void;

/** Lets so much time pass, and what is under way come to its end. */
async function pass(milliseconds: number) {
  await vi.advanceTimersByTimeAsync(milliseconds);
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(async () => {
  asked = 0;
  answer('get', '/conversations', () => {
    asked += 1;
    return ok({ conversations: [makeConversation()], meta: { cursor: null, hasMore: false } });
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  saveSession({ accessToken: makeToken(alice.id), expiresIn: 900 });
  const realtime = new Realtime(alice.id);
  const stopFollowing = followConversations(realtime, new QueryClient(), alice.id);
  const close = realtime.open();
  stop = () => {
    close();
    stopFollowing();
  };
  fakeSocket.say('auth:success', { epoch: 'one' });
  await pass(0);
  asked = 0;
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

const comeBack = (reason: string) => {
  fakeSocket.lose(reason);
  fakeSocket.connect();
  fakeSocket.say('auth:success', { epoch: 'one' });
};

test('the list is read at once by somebody who was away alone', async () => {
  comeBack('ping timeout');
  await pass(0);
  expect(asked).toBe(1);
});

test('the list is read over ten seconds when the server let go of everybody', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.9);
  comeBack('transport close');
  await pass(8500);
  expect(asked).toBe(0);
  await pass(1000);
  expect(asked).toBe(1);
});

test('the list is read once, however often the line breaks meanwhile', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.9);
  comeBack('transport close');
  await pass(5000);
  comeBack('transport close');
  await pass(9500);
  expect(asked).toBe(1);
});
