// Where the browser refuses storage (full, or forbidden) values live as long as the tab.
const memory = new Map<string, string>();

/** Reads what `writeStored` wrote; null when there is nothing, or nothing that can be read. */
export function readStored(key: string): unknown {
  try {
    return JSON.parse(memory.get(key) ?? localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** Keeps `value` in this browser; null forgets it. */
export function writeStored(key: string, value: unknown): void {
  memory.delete(key);
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    memory.set(key, JSON.stringify(value));
  }
}
