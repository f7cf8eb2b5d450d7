import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Presence, PresenceUpdate } from '@/api';
import { connectionStatus, Realtime } from '@/realtime';
import { alice, bob, carol } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { presenceText } from './components/PresenceText';
import { followPresence, notePresences, presences } from './live';
import { asUnheard, countHere, type Presences, withoutOld, withSnapshot, withUpdate } from './presences';

const update = (status: PresenceUpdate['status'], second: number): PresenceUpdate => ({
  userId: bob.id,
  status,
  timestamp: new Date(Date.UTC(2026, 2, 18, 9, 0, second)).toISOString(),
});
const looked = (status: Presence['status'], userId = bob.id): Presence => ({ userId, status, lastSeenAt: null });
const statusIn = (known: Presences) => known.get(bob.id)?.status;
const nothing: Presences = new Map();

describe('who is here', () => {
  test('is what the newest event says, whenever it comes', () => {
    const newest = withUpdate(withUpdate(nothing, update('away', 2), 0), update('online', 1), 0);
    expect(statusIn(newest)).toBe('away');
    expect(withUpdate(newest, update('offline', 2), 0)).toBe(newest);
  });

  test('is what was looked up, unless an event came while it was on its way', () => {
    const heard = withUpdate(nothing, update('online', 1), 1000);
    expect(withSnapshot(heard, [looked('offline')], 5000)).toBe(heard);
    expect(statusIn(withSnapshot(heard, [looked('offline')], 12_000))).toBe('offline');
  });

  test('is what was looked up on a new line, and older news stay old', () => {
    const heard = asUnheard(withUpdate(nothing, update('online', 5), 1000), 31_000);
    const fresh = withSnapshot(heard, [looked('offline')], 1500);
    expect(statusIn(fresh)).toBe('offline');
    expect(withUpdate(fresh, update('away', 4), 2000)).toBe(fresh);
  });

  test('is the very same when nothing is new', () => {
    const known = withSnapshot(nothing, [looked('away')], 0);
    expect(withSnapshot(known, [looked('away')], 0)).toBe(known);
  });

  test('is known for a while where nobody tells it', () => {
    const seen = withSnapshot(nothing, [looked('online')], 0, 75_000);
    expect(withoutOld(seen, 74_999)).toBe(seen);
    expect(withoutOld(seen, 75_000).size).toBe(0);
    const again = withSnapshot(seen, [looked('online')], 60_000, 135_000);
    expect(statusIn(withoutOld(again, 75_000))).toBe('online');
  });

  test.each([
    ['an event tells it', (known: Presences) => withUpdate(known, update('online', 1), 10)],
    ['it is looked up where events follow', (known: Presences) => withSnapshot(known, [looked('online')], 10)],
  ])('is known for good once %s', (_, learn) => {
    const told = learn(withSnapshot(nothing, [looked('online')], 0, 75_000));
    expect(statusIn(withoutOld(told, 1_000_000))).toBe('online');
    // Also when they are looked up elsewhere.
    const elsewhere = withSnapshot(told, [looked('away')], 20_000, 95_000);
    expect(statusIn(withoutOld(elsewhere, 1_000_000))).toBe('away');
  });

  test('is not known for long on a new line that says nothing of it', () => {
    const known = withUpdate(withSnapshot(nothing, [looked('online', carol.id)], 0), update('online', 1), 0);
    const confirmed = withSnapshot(asUnheard(known, 30_000), [looked('online')], 1000);
    expect([...withoutOld(confirmed, 30_000).keys()]).toEqual([bob.id]);
  });

  test('is counted', () => {
    const known = withSnapshot(nothing, [looked('online'), looked('away', carol.id), looked('offline', alice.id)], 0);
    expect(countHere(known, [alice.id, bob.id, carol.id, 'unknown'])).toBe(2);
  });
});

describe('in words', () => {
  const now = new Date(2026, 2, 18, 16, 0);
  const seen = (...at: [number, number, number?, number?]) => ({
    status: 'offline' as const,
    lastSeenAt: new Date(2026, ...at).toISOString(),
    timestamp: 0,
    heardAt: null,
    until: null,
  });
  test.each([
    [undefined, null],
    [{ ...seen(2, 18), status: 'online' as const }, /^Online$/],
    [{ ...seen(2, 18), status: 'away' as const }, /^Away$/],
    [{ ...seen(2, 18), lastSeenAt: null }, null],
    [seen(2, 18, 15, 55), /^Last seen 5 minutes ago$/],
    [seen(2, 18, 14, 30), /^Last seen today at .*30/],
    [seen(2, 17, 14, 30), /^Last seen yesterday$/],
    [seen(0, 15), /^Last seen on .*15/],
  ])('%j', (known, text) => {
    const shown = presenceText(known, now);
    if (text === null) expect(shown).toBeNull();
    else expect(shown).toMatch(text);
  });
});

describe('that we are here', () => {
  let stops: (() => void)[];
  const beats = () => fakeSocket.said.filter(([event]) => event === 'presence:heartbeat').map(([, payload]) => payload);
  const ping = () => fakeSocket.say('io:ping', undefined);

  beforeEach(() => {
    vi.useFakeTimers();
    const realtime = new Realtime(alice.id);
    stops = [followPresence(realtime), realtime.open()];
    fakeSocket.connected = true;
  });
  afterEach(() => {
    for (const stop of stops) stop();
    vi.useRealTimers();
  });

  test('is said when the server pings', () => {
    expect(beats()).toEqual([]);
    ping();
    expect(beats()).toEqual([{ status: 'online' }]);
  });

  test('ends after five minutes without a touch, and begins again with one', () => {
    vi.advanceTimersByTime(4 * 60_000);
    window.dispatchEvent(new Event('pointermove'));
    vi.advanceTimersByTime(4 * 60_000);
    ping();
    vi.advanceTimersByTime(60_000);
    ping();
    window.dispatchEvent(new Event('keydown'));
    window.dispatchEvent(new Event('keydown'));
    expect(beats()).toEqual([{ status: 'online' }, { status: 'away' }, { status: 'online' }]);
  });

  test('says nothing of others who are not looked at any more, nor told of', () => {
    notePresences([looked('online')], 75_000);
    notePresences([looked('online', carol.id)]);
    vi.advanceTimersByTime(70_000);
    expect(presences.get().size).toBe(2);
    vi.advanceTimersByTime(10_000);
    expect([...presences.get().keys()]).toEqual([carol.id]);
    fakeSocket.say('auth:success', { epoch: 'one' });
    vi.advanceTimersByTime(35_000);
    expect(presences.get().size).toBe(0);
  });

  test('says nothing of others when the line is down for long', () => {
    connectionStatus.set('connected');
    presences.set(withSnapshot(nothing, [looked('online')], 0));
    connectionStatus.set('connecting');
    vi.advanceTimersByTime(20_000);
    connectionStatus.set('connected');
    vi.advanceTimersByTime(20_000);
    expect(statusIn(presences.get())).toBe('online');
    connectionStatus.set('connecting');
    vi.advanceTimersByTime(30_000);
    expect(presences.get().size).toBe(0);
  });
});
