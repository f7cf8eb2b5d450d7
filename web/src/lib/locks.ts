/**
 * Runs `task` while no other tab of this origin runs one under the same name.
 * Web Locks need a secure context; over plain http on a LAN the task just runs.
 */
export async function withLock<T>(name: string, task: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return task();
  return await navigator.locks.request(name, task);
}
