import { useSyncExternalStore } from 'react';

/** Tailwind's `md`, where two panes fit side by side. */
const wide = () => window.matchMedia('(min-width: 48rem)');

/** Whether there is room for two panes. For what styles cannot express. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => wide().matches);
}

function subscribe(listener: () => void): () => void {
  const query = wide();
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}
