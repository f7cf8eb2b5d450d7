/** Does what another tab does to this one when it stores something: the value is there, and an event says so. */
export function storeInOtherTab(key: string, value: unknown): void {
  const newValue = value === null ? null : JSON.stringify(value);
  if (newValue === null) localStorage.removeItem(key);
  else localStorage.setItem(key, newValue);
  window.dispatchEvent(new StorageEvent('storage', { key, newValue }));
}
