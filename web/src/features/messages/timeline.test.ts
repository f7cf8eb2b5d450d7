import { describe, expect, test } from 'vitest';
import { alice, bob, carol, makeMessage } from '@/test/factories';
import type { OutboxEntry } from './outbox';
import { buildTimeline, type TimelineItem } from './timeline';

const at = (hours: number, minutes: number, day = 18) => new Date(2026, 2, day, hours, minutes).toISOString();

const unsent = (clientMessageId: string, given: Partial<OutboxEntry> = {}): OutboxEntry => ({
  clientMessageId,
  conversationId: 'a',
  content: clientMessageId,
  replyToId: null,
  createdAt: at(10, 0),
  failure: null,
  ...given,
});

const messages = (items: TimelineItem[]) => items.filter((item) => item.kind === 'message');
const contents = (items: TimelineItem[]) => messages(items).map(({ content }) => content);

describe('order', () => {
  test('is seq, whatever came first and whatever the clocks say', () => {
    const stored = [
      makeMessage({ seq: 3, createdAt: at(9, 0) }),
      makeMessage({ seq: 1, createdAt: at(9, 2) }),
      makeMessage({ seq: 2, createdAt: at(9, 1) }),
    ];
    expect(contents(buildTimeline(stored, [], alice.id))).toEqual(['Message 1', 'Message 2', 'Message 3']);
  });

  test('has every message once, in its newest state', () => {
    const stored = [makeMessage({ seq: 1, rev: 4, content: '', deletedAt: at(9, 5) }), makeMessage({ seq: 1 })];
    expect(messages(buildTimeline(stored, [], alice.id))).toMatchObject([{ state: 'deleted', content: '' }]);
  });

  test('puts what is not sent yet at the end, in the order it was written', () => {
    const items = buildTimeline([makeMessage({ seq: 1 })], [unsent('one'), unsent('two')], alice.id);
    expect(contents(items)).toEqual(['Message 1', 'one', 'two']);
  });
});

describe('our own message', () => {
  const stored = makeMessage({ seq: 2, sender: alice, clientMessageId: 'one', content: 'one' });

  test('keeps its key when it is stored, so that its bubble stays', () => {
    const before = messages(buildTimeline([], [unsent('one')], alice.id));
    const after = messages(buildTimeline([stored], [], alice.id));
    expect(after[0]?.key).toBe(before[0]?.key);
  });

  test('is shown once while it is stored and still in the outbox', () => {
    expect(messages(buildTimeline([stored], [unsent('one')], alice.id))).toMatchObject([{ state: 'delivered' }]);
  });

  test('is sending, then delivered; or failed', () => {
    const items = buildTimeline([stored], [unsent('two'), unsent('three', { failure: 'FORBIDDEN' })], alice.id);
    expect(messages(items).map(({ state }) => state)).toEqual(['delivered', 'sending', 'failed']);
  });

  test('is not hidden by somebody who chose the same client id', () => {
    const stranger = makeMessage({ seq: 1, sender: bob, clientMessageId: 'one' });
    const keys = messages(buildTimeline([stranger], [unsent('one')], alice.id)).map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
  });
});

describe('days', () => {
  test('begin with a line', () => {
    const items = buildTimeline(
      [makeMessage({ seq: 1, createdAt: at(23, 59, 17) }), makeMessage({ seq: 2, createdAt: at(0, 1) })],
      [],
      alice.id,
    );
    expect(items.map(({ kind }) => kind)).toEqual(['day', 'message', 'day', 'message']);
  });

  test('do not go back for a clock that is behind', () => {
    const items = buildTimeline(
      [makeMessage({ seq: 1, createdAt: at(0, 1) })],
      [unsent('one', { createdAt: at(23, 0, 17) })],
      alice.id,
    );
    expect(items.map(({ kind }) => kind)).toEqual(['day', 'message', 'message']);
  });
});

describe('groups', () => {
  const group = (...stored: Parameters<typeof makeMessage>[0][]) =>
    messages(
      buildTimeline(
        stored.map((given, index) => makeMessage({ seq: index + 1, ...given })),
        [],
        alice.id,
      ),
    ).map(({ first, last }) => `${first ? '┌' : '│'}${last ? '└' : '│'}`);

  test('hold what one person says within five minutes', () => {
    expect(group({ createdAt: at(9, 0) }, { createdAt: at(9, 4) }, { createdAt: at(9, 8) })).toEqual([
      '┌│',
      '││',
      '│└',
    ]);
  });

  test('end after a pause', () => {
    expect(group({ createdAt: at(9, 0) }, { createdAt: at(9, 5) })).toEqual(['┌└', '┌└']);
  });

  test('end when somebody else speaks', () => {
    const createdAt = at(9, 0);
    expect(group({ createdAt, sender: bob }, { createdAt, sender: carol }, { createdAt, sender: alice })).toEqual([
      '┌└',
      '┌└',
      '┌└',
    ]);
  });

  test('end with the day', () => {
    expect(group({ createdAt: at(23, 59, 17) }, { createdAt: at(0, 1) })).toEqual(['┌└', '┌└']);
  });
});
