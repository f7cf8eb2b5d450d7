import type { Typing } from '@/api';

export type Typist = Pick<Typing, 'userId' | 'username'>;

/** Who writes, by conversation, in the order in which they began. */
export type Typists = ReadonlyMap<string, readonly Typist[]>;

export function withTypist(typists: Typists, conversationId: string, typist: Typist): Typists {
  const known = typists.get(conversationId) ?? [];
  if (known.some(({ userId }) => userId === typist.userId)) return typists;
  return new Map(typists).set(conversationId, [...known, typist]);
}

export function withoutTypist(typists: Typists, conversationId: string, userId: string): Typists {
  const known = typists.get(conversationId) ?? [];
  const others = known.filter((typist) => typist.userId !== userId);
  if (others.length === known.length) return typists;
  const next = new Map(typists);
  if (others.length > 0) next.set(conversationId, others);
  else next.delete(conversationId);
  return next;
}

/** "Alice is typing…", "Alice and Bob are typing…"; null when nobody is. */
export function typingText(names: string[]): string | null {
  const [first, second, third] = names;
  if (first === undefined) return null;
  if (second === undefined) return `${first} is typing…`;
  if (third === undefined) return `${first} and ${second} are typing…`;
  return names.length === 3 ? `${first}, ${second} and ${third} are typing…` : 'Several people are typing…';
}
