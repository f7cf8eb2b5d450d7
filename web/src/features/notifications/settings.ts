import { personalKey, readStored, writeStored } from '@/lib/storage';
import { createStore, type Store } from '@/lib/store';

/** How somebody wants to hear of messages that come while they look elsewhere, in this browser. */
export type NotificationSettings = { popups: boolean; sound: boolean };

/** Nothing pops up that was not asked for. */
const initial: NotificationSettings = { popups: false, sound: true };

const stores = new Map<string, Store<NotificationSettings>>();
const keyOf = (userId: string) => personalKey('notifications', userId);

export function notificationSettings(userId: string): Store<NotificationSettings> {
  const store = stores.get(userId) ?? createStore(load(userId));
  stores.set(userId, store);
  return store;
}

export function changeSettings(userId: string, change: Partial<NotificationSettings>): void {
  const next = { ...load(userId), ...change };
  writeStored(keyOf(userId), next);
  notificationSettings(userId).set(next);
}

// Another tab changed them, or they were forgotten with everything else of this person.
window.addEventListener('storage', () => {
  for (const [userId, store] of stores) {
    const stored = load(userId);
    if (JSON.stringify(stored) !== JSON.stringify(store.get())) store.set(stored);
  }
});

function load(userId: string): NotificationSettings {
  const stored = readStored(keyOf(userId));
  if (typeof stored !== 'object' || stored === null) return initial;
  return {
    popups: 'popups' in stored ? stored.popups === true : initial.popups,
    sound: 'sound' in stored ? stored.sound !== false : initial.sound,
  };
}
