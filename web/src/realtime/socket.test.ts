import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { saveSession } from '@/api';
import { alice } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';
import { openSocket } from './socket';
import { connectionStatus } from './status';

const accept = { userId: alice.id, sessionId: 's', expiresAt: '', epoch: 'one', timestamp: '' };
const onReady = vi.fn();
let close: () => void;

const open = () => {
  close = openSocket(alice.id, onReady).close;
  fakeSocket.say('auth:success', accept);
};
const happen = (target: EventTarget, event: string) => target.dispatchEvent(new Event(event));
const online = (is: boolean) => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(is);

beforeEach(() => {
  onReady.mockClear();
  saveSession({ accessToken: makeToken(alice.id), expiresIn: 900 });
});
afterEach(() => close());

describe('a line that broke', () => {
  test('is tried again after one to thirty seconds, by everybody at another moment', () => {
    open();
    expect(fakeSocket.options).toMatchObject({
      reconnectionDelay: 1000,
      reconnectionDelayMax: 30_000,
      randomizationFactor: 1,
    });
  });

  test.each([
    ['the network is back', window, 'online'],
    ['the window is looked at', window, 'focus'],
    ['the tab is looked at', document, 'visibilitychange'],
  ] as const)('is tried at once when %s', (_, target, event) => {
    open();
    fakeSocket.lose('transport close');
    expect(connectionStatus.get()).toBe('connecting');
    happen(target, event);
    expect(fakeSocket.tries).toBe(2);
  });

  test('is left alone while it holds, out of sight and without a network', () => {
    open();
    happen(window, 'focus');
    fakeSocket.lose('transport close');
    const hidden = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    happen(document, 'visibilitychange');
    hidden.mockRestore();
    online(false);
    happen(window, 'offline');
    expect(connectionStatus.get()).toBe('offline');
    happen(window, 'focus');
    expect(fakeSocket.tries).toBe(1);
  });

  test('is not given up for a second look while it is tried', () => {
    open();
    fakeSocket.reachable = false;
    fakeSocket.lose('transport close');
    happen(document, 'visibilitychange');
    fakeSocket.io.engine.readyState = 'opening';
    happen(window, 'focus');
    expect(fakeSocket.tries).toBe(2);
    // A try that began on another network may lead nowhere.
    happen(window, 'online');
    expect(fakeSocket.tries).toBe(3);
  });

  test('comes back with a token that is still good', async () => {
    const renewed = makeToken(alice.id, 'second');
    answer('post', '/auth/refresh', () => ok({ accessToken: renewed, expiresIn: 900 }));
    open();
    fakeSocket.lose('transport close');
    saveSession({ accessToken: makeToken(alice.id), expiresIn: -1 });
    happen(window, 'focus');
    await vi.waitFor(() => expect(fakeSocket.shown).toEqual({ token: renewed }));
  });

  test.each([
    ['transport close', true, true],
    ['transport close', false, false],
    ['ping timeout', true, false],
  ])('tells whether everybody lost it (%s, with a network: %j)', (reason, network, withMany) => {
    open();
    expect(onReady).toHaveBeenLastCalledWith(accept, false);
    online(network);
    fakeSocket.lose(reason);
    online(true);
    happen(window, 'online');
    fakeSocket.say('auth:success', accept);
    expect(onReady).toHaveBeenLastCalledWith(accept, withMany);
  });
});

describe('a goodbye for good', () => {
  test('is answered with a new token', async () => {
    const renewed = makeToken(alice.id, 'second');
    answer('post', '/auth/refresh', () => ok({ accessToken: renewed, expiresIn: 900 }));
    open();
    fakeSocket.lose('io server disconnect');
    await vi.waitFor(() => expect(fakeSocket.shown).toEqual({ token: renewed }));
    expect(fakeSocket.tries).toBe(2);
  });

  test('is accepted when the session is over', async () => {
    let asked = 0;
    answer('post', '/auth/refresh', () => {
      asked += 1;
      return fail(401, 'UNAUTHORIZED');
    });
    open();
    fakeSocket.lose('io server disconnect');
    await vi.waitFor(() => expect(asked).toBe(1));
    happen(window, 'focus');
    expect(fakeSocket.tries).toBe(1);
  });
});
