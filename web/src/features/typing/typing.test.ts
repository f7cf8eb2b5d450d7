import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Realtime } from '@/realtime';
import { alice, bob, makeMessage } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { followTyping, typists } from './live';
import { TypingSignal } from './signal';
import { typingText } from './typists';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what we tell', () => {
  function signal() {
    const said: string[] = [];
    return { said, signal: new TypingSignal((event) => said.push(event)) };
  }

  test('is a start at most every three seconds', () => {
    const { said, signal: mine } = signal();
    for (let second = 0; second < 7; second += 1) {
      mine.wrote('a');
      mine.wrote('ab');
      vi.advanceTimersByTime(1000);
    }
    expect(said).toEqual(['typing:start', 'typing:start', 'typing:start']);
  });

  test('is a stop after five seconds of rest', () => {
    const { said, signal: mine } = signal();
    mine.wrote('a');
    vi.advanceTimersByTime(4900);
    mine.wrote('ab');
    vi.advanceTimersByTime(4900);
    expect(said).toEqual(['typing:start', 'typing:start']);
    vi.advanceTimersByTime(200);
    expect(said.at(-1)).toBe('typing:stop');
  });

  test('is one stop when everything was deleted or sent', () => {
    const { said, signal: mine } = signal();
    mine.wrote('a');
    mine.wrote('');
    mine.stop();
    expect(said).toEqual(['typing:start', 'typing:stop']);
  });

  test('is nothing when nothing is written', () => {
    const { said, signal: mine } = signal();
    mine.wrote('  ');
    mine.stop();
    expect(said).toEqual([]);
  });
});

describe('what we hear', () => {
  const event = { conversationId: 'a', userId: bob.id, username: bob.username, timestamp: '' };
  const names = () =>
    typists
      .get()
      .get('a')
      ?.map(({ username }) => username);
  let stops: (() => void)[];

  beforeEach(() => {
    const realtime = new Realtime(alice.id);
    stops = [followTyping(realtime), realtime.open()];
  });
  afterEach(() => {
    for (const stop of stops) stop();
  });

  test('lasts six seconds without renewal', () => {
    fakeSocket.say('typing:started', event);
    vi.advanceTimersByTime(4000);
    fakeSocket.say('typing:started', event);
    vi.advanceTimersByTime(5900);
    expect(names()).toEqual(['bob']);
    vi.advanceTimersByTime(200);
    expect(names()).toBeUndefined();
  });

  test.each([
    ['they stop', () => fakeSocket.say('typing:stopped', event)],
    ['their message comes', () => fakeSocket.say('message:received', { message: makeMessage({ sender: bob }) })],
    ['we leave', () => stops[0]?.()],
  ])('ends when %s', (_, end) => {
    fakeSocket.say('typing:started', event);
    expect(names()).toEqual(['bob']);
    end();
    expect(names()).toBeUndefined();
  });
});

test.each([
  [[], null],
  [['Alice'], 'Alice is typing…'],
  [['Alice', 'Bob'], 'Alice and Bob are typing…'],
  [['Alice', 'Bob', 'Carol'], 'Alice, Bob and Carol are typing…'],
  [['Alice', 'Bob', 'Carol', 'Dan'], 'Several people are typing…'],
])('%j: %s', (names, text) => {
  expect(typingText(names)).toBe(text);
});
