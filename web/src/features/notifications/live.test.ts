import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Realtime } from '@/realtime';
import { alice, bob, makeMessage } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { followNotifications } from './live';
import { changeSettings } from './settings';

const now = '2026-03-18T10:00:00.000Z';
const open = vi.fn();
let shown: { title: string; options: NotificationOptions; onclick?: () => void; close: () => void }[];
let stops: (() => void)[];

beforeEach(() => {
  shown = [];
  class FakeNotification {
    static permission = 'granted';
    onclick?: () => void;
    close = () => {};
    constructor(
      readonly title: string,
      readonly options: NotificationOptions,
    ) {
      shown.push(this);
    }
  }
  vi.stubGlobal('Notification', FakeNotification);
  vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  vi.spyOn(window, 'focus').mockReturnValue();
  vi.useFakeTimers({ now: Date.parse(now), toFake: ['Date'] });
  changeSettings(alice.id, { popups: true });
  const realtime = new Realtime(alice.id);
  stops = [followNotifications(realtime, new QueryClient(), alice.id, open), realtime.open()];
});
afterEach(() => {
  for (const stop of stops) stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const titles = () => shown.map(({ title }) => title);
/** The message comes, and everything that follows from it is over. */
async function hear(given: Parameters<typeof makeMessage>[0]) {
  fakeSocket.say('message:received', { message: makeMessage({ createdAt: now, sender: bob, ...given }) });
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

test('a message that comes while one looks elsewhere is told, and leads there', async () => {
  await hear({ content: 'Are you there?' });
  expect(shown).toMatchObject([{ title: 'Bob Example', options: { body: 'Are you there?', tag: 'a' } }]);
  shown[0]?.onclick?.();
  expect(open).toHaveBeenCalledWith('a');
});

describe('nothing is told of', () => {
  test.each([
    ['what one wrote oneself', { sender: alice }],
    ['what was missed long ago', { createdAt: '2026-03-18T09:58:00.000Z' }],
    ['what was deleted', { deletedAt: now }],
  ])('%s', async (_, given) => {
    await hear(given);
    expect(titles()).toEqual([]);
  });

  test('what one looks at', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    await hear({});
    expect(titles()).toEqual([]);
  });

  test('anything when that was switched off', async () => {
    changeSettings(alice.id, { popups: false });
    await hear({});
    expect(titles()).toEqual([]);
  });
});
