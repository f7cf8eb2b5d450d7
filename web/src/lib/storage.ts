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

/** The key for something that belongs to one person. By its ending it is found when everything of theirs must go. */
export function personalKey(name: string, userId: string): string {
  return `trice.${name}.${userId}`;
}

/** Forgets everything that was kept under a `personalKey` of this person. */
export function forgetPerson(userId: string): void {
  for (const key of [...memory.keys(), ...storedKeys()]) {
    if (key.startsWith('trice.') && key.endsWith(`.${userId}`)) writeStored(key, null);
  }
}

function storedKeys(): string[] {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}
