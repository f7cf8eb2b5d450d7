import { useSyncExternalStore } from 'react';
import { presences } from './live';
import { countHere, type Known } from './presences';

/** Whether somebody is here, as far as it is known and they let it be seen. */
export function usePresence(userId: string | undefined): Known | undefined {
  return useSyncExternalStore(presences.subscribe, () => (userId ? presences.get().get(userId) : undefined));
}

/** How many of these people are here. */
export function useCountHere(userIds: string[]): number {
  return useSyncExternalStore(presences.subscribe, () => countHere(presences.get(), userIds));
}
