import type { Presence } from '@/api';
import { createStore } from '@/lib/store';
import { connectionStatus, type Realtime } from '@/realtime';
import { followActivity } from './activity';
import { asUnheard, type Presences, withSnapshot, withUpdate } from './presences';

export const presences = createStore<Presences>(new Map());

/** So long without a line, nobody can be said to be here. */
const memory = 30_000;

/** Takes in what was looked up. */
export function notePresences(snapshot: (Presence | null | undefined)[]): void {
  const known = snapshot.filter((presence) => presence != null);
  presences.set(withSnapshot(presences.get(), known, Date.now()));
}

/** Keeps up with who is here, and says that we are. Answers how to stop. */
export function followPresence(realtime: Realtime): () => void {
  const beat = () => realtime.beat(activity.status());
  const activity = followActivity(beat);
  let forgetting: ReturnType<typeof setTimeout> | undefined;
  const forget = () => presences.set(new Map());

  const stops = [
    realtime.on('presence:update', (update) => presences.set(withUpdate(presences.get(), update, Date.now()))),
    realtime.on('subscribed', ({ presence }) => notePresences(presence)),
    realtime.on('ping', beat),
    // Connecting counts as being at the device, which is not always so.
    realtime.on('connected', () => {
      presences.set(asUnheard(presences.get()));
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
    forget();
  };
}
