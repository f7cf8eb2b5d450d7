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

describe('what is unread', () => {
  const stored = [1, 2, 3, 4].map((seq) => makeMessage({ seq, sender: bob }));
  const shape = (items: TimelineItem[]) => items.map((item) => (item.kind === 'message' ? item.seq : item.kind));
  const built = (unreadAfter: number | null, complete = true, messages = stored) =>
    shape(buildTimeline(messages, [], alice.id, { unreadAfter, complete }));

  test.each([
    [2, ['day', 1, 2, 'unread', 3, 4]],
    [0, ['day', 'unread', 1, 2, 3, 4]],
    [4, ['day', 1, 2, 3, 4]],
    [null, ['day', 1, 2, 3, 4]],
  ])('begins after %s', (unreadAfter, expected) => {
    expect(built(unreadAfter)).toEqual(expected);
  });

  test('has no line where its beginning is not loaded', () => {
    expect(built(0, false, stored.slice(1))).toEqual([3, 4]);
  });

  test('begins a group of its own', () => {
    const items = messages(buildTimeline(stored, [], alice.id, { unreadAfter: 2 }));
    expect(items.map(({ first }) => first)).toEqual([true, false, true, false]);
  });
});

describe('while there is more to load', () => {
  const stored = [1, 2, 3, 4].map((seq) => makeMessage({ seq, sender: bob, createdAt: at(9, seq) }));
  const later = (all: typeof stored, complete: boolean) => buildTimeline(all, [], alice.id, { complete });

  test('the oldest one is held back, so that nothing shown changes when the rest comes', () => {
    const before = later(stored.slice(1), false);
    expect(contents(before)).toEqual(['Message 3', 'Message 4']);
    expect(later(stored, true).slice(-before.length)).toEqual(before);
  });
});

describe('an answer', () => {
  const question = makeMessage({ seq: 1, sender: bob });
  const answered = makeMessage({ seq: 2, sender: alice, replyToId: question.id });

  test('shows what it answers, when that is loaded', () => {
    expect(messages(buildTimeline([question, answered], [], alice.id))[1]).toMatchObject({ quoted: question });
    expect(messages(buildTimeline([answered], [], alice.id))[0]).toMatchObject({
      replyToId: question.id,
      quoted: null,
    });
  });

  test('shows it before it is sent, too', () => {
    const items = messages(buildTimeline([question], [unsent('one', { replyToId: question.id })], alice.id));
    expect(items[1]).toMatchObject({ quoted: question });
  });

  test('that was deleted answers nothing', () => {
    const deleted = { ...answered, rev: 3, content: '', deletedAt: at(9, 5) };
    expect(messages(buildTimeline([question, deleted], [], alice.id))[1]?.replyToId).toBeNull();
  });
});

test('what was written after a refused message waits', () => {
  const entries = [unsent('one'), unsent('two', { failure: 'FORBIDDEN' }), unsent('three')];
  expect(messages(buildTimeline([], entries, alice.id)).map(({ waits }) => waits)).toEqual([false, false, true]);
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
