import { expect, test } from 'vitest';
import { alice, bob, carol, makeConversation } from '@/test/factories';
import { destinations } from './switching';

const direct = makeConversation({ id: 'direct' });
const team = makeConversation({ id: 'team', type: 'group', title: 'Product team' });
const go = (text: string, people = [alice, bob, carol]) =>
  destinations(text, [direct, team], people, alice.id).map(({ kind, id }) => [kind, id]);

test('nothing typed offers all chats in their order', () => {
  expect(go('', [])).toEqual([
    ['conversation', 'direct'],
    ['conversation', 'team'],
  ]);
});

test('people come after chats, without oneself and those with whom there is one', () => {
  expect(go('exa')).toEqual([
    ['conversation', 'direct'],
    ['person', carol.id],
  ]);
});

test('a person is found by username, too', () => {
  expect(go('bob', [])).toEqual([['conversation', 'direct']]);
});
