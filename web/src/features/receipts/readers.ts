/** What others have read of a conversation. All of it only grows. */
export type Readers = {
  /** In a direct conversation: the other one has read everything up to this `seq`. */
  upTo: number;
  /** In a group: how many have read a message, by its id. */
  counts: Readonly<Record<string, number>>;
};

export const nobody: Readers = { upTo: 0, counts: {} };

export function withPosition(readers: Readers, seq: number): Readers {
  return seq > readers.upTo ? { ...readers, upTo: seq } : readers;
}

/** Counts are absolute. One that is lower was overtaken on its way. */
export function withCounts(readers: Readers, told: { id: string; readCount: number }[]): Readers {
  const news = told.filter(({ id, readCount }) => readCount > (readers.counts[id] ?? 0));
  if (news.length === 0) return readers;
  const counts = Object.fromEntries(news.map(({ id, readCount }) => [id, readCount]));
  return { ...readers, counts: { ...readers.counts, ...counts } };
}
