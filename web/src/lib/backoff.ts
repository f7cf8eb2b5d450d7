const longest = 30_000;

/** How long to wait before try number `attempt` (from 0): 1, 2, 4 … 30 s, less up to half so that clients spread out. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  return Math.min(1000 * 2 ** attempt, longest) * (1 - random() / 2);
}
