export type Store<T> = {
  get: () => T;
  set: (next: T) => void;
  /** Calls `listener` after every change; answers how to stop. */
  subscribe: (listener: () => void) => () => void;
};

/** A value outside React that React can follow through `useSyncExternalStore`. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
