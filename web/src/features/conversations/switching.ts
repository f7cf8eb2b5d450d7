import type { User } from '@/api';
import { fuzzyFilter } from '@/lib/fuzzy';
import type { KnownConversation } from './changes';
import { otherPerson, searchText } from './names';

/** Somewhere to go: a conversation, or somebody with whom there is none yet. */
export type Destination =
  | { kind: 'conversation'; id: string; conversation: KnownConversation }
  | { kind: 'person'; id: string; person: User };

const mostShown = 50;

/** Where one can go with what was typed: conversations that fit, the best first, then people who were found. */
export function destinations(
  text: string,
  conversations: KnownConversation[],
  people: User[],
  me: string,
): Destination[] {
  const fitting = fuzzyFilter(text, conversations, (each) => searchText(each, me)).slice(0, mostShown);
  const known = new Set(conversations.map((each) => otherPerson(each, me)?.id));
  return [
    ...fitting.map((conversation) => ({ kind: 'conversation', id: conversation.id, conversation }) as const),
    ...people
      .filter(({ id }) => id !== me && !known.has(id))
      .map((person) => ({ kind: 'person', id: person.id, person }) as const),
  ];
}
