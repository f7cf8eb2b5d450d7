import { readStored, writeStored } from '@/lib/storage';
import { createStore } from '@/lib/store';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'trice.theme';
/** What the bars around the page get, as in index.html. */
const barColors = { light: '#ffffff', dark: '#15171f' };

/** How this browser shows the app, whoever is logged in. `boot.js` has applied it before the first paint. */
export const theme = createStore<Theme>(load());

theme.subscribe(show);
show();
window.addEventListener('storage', (event) => {
  if (event.key === key || event.key === null) theme.set(load());
});

export function chooseTheme(next: Theme): void {
  writeStored(key, next === 'system' ? null : next);
  theme.set(next);
}

function load(): Theme {
  const stored = readStored(key);
  return themes.find((each) => each === stored) ?? 'system';
}

function show(): void {
  const chosen = theme.get();
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  for (const bar of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const system = bar.getAttribute('media')?.includes('dark') ? 'dark' : 'light';
    bar.content = barColors[chosen === 'system' ? system : chosen];
  }
}
