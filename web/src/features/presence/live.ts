import type { Presence } from '@/api';
import { createStore } from '@/lib/store';
import { connectionStatus, type Realtime } from '@/realtime';
import { followActivity } from './activity';
import { asUnheard, type Presences, withoutOld, withSnapshot, withUpdate } from './presences';

export const presences = createStore<Presences>(new Map());

/** So long without a line, or after one without a word, nobody can be said to be here. */
const memory = 30_000;
const sweepEvery = 5000;

/** Takes in what was looked up. If no events follow it, it counts for so many milliseconds. */
export function notePresences(snapshot: (Presence | null | undefined)[], lasting?: number): void {
  const known = snapshot.filter((presence) => presence != null);
  const now = Date.now();
  presences.set(withSnapshot(presences.get(), known, now, lasting === undefined ? null : now + lasting));
}

/** Keeps up with who is here, and says that we are. Answers how to stop. */
export function followPresence(realtime: Realtime): () => void {
  const beat = () => realtime.beat(activity.status());
  const activity = followActivity(beat);
  let forgetting: ReturnType<typeof setTimeout> | undefined;
  const forget = () => presences.set(new Map());
  const sweeping = setInterval(() => presences.set(withoutOld(presences.get(), Date.now())), sweepEvery);

  const stops = [
    realtime.on('presence:update', (update) => presences.set(withUpdate(presences.get(), update, Date.now()))),
    realtime.on('subscribed', ({ presence }) => notePresences(presence)),
    realtime.on('ping', beat),
    // Connecting counts as being at the device, which is not always so.
    realtime.on('connected', () => {
      presences.set(asUnheard(presences.get(), Date.now() + memory));
      beat();
    }),
    realtime.on('restarted', forget),
    connectionStatus.subscribe(() => {
      if (connectionStatus.get() === 'connected') {
        clearTimeout(forgetting);
        forgetting = undefined;
      } else {
        forgetting ??= setTimeout(forget, memory);
      }
    }),
    activity.stop,
  ];
  return () => {
    for (const stop of stops) stop();
    clearTimeout(forgetting);
    clearInterval(sweeping);
    forget();
  };
}
