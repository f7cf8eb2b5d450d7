import { describe, expect, test } from 'vitest';
import { makeMessage } from '@/test/factories';
import { around, covers, newerThan, olderThan, type Page, reachesEnd } from './history';

/** Messages `from` … `to` of a conversation that has `head`. */
const page = (from: number, to: number, head = to): Page => ({
  messages: Array.from({ length: to - from + 1 }, (_, index) => ({
    ...makeMessage({ seq: to - index }),
    readCount: 0,
  })),
  meta: { cursor: null, hasMore: false, seq: head, rev: 0 },
});

describe('what comes before a page', () => {
  test.each([
    [page(151, 200), { after: 50, limit: 100 }],
    [page(51, 100), { after: 0, limit: 50 }],
    [page(2, 50), { after: 0, limit: 1 }],
    [page(1, 50), undefined],
    [page(1, 0), undefined],
  ])('is asked for without holes and without doubles (%#)', (from, place) => {
    expect(olderThan(from)).toEqual(place);
  });
});

describe('what comes after a page', () => {
  test.each([
    [page(1, 50, 200), { after: 50, limit: 100 }],
    [page(1, 50), undefined],
    [page(1, 0, 0), undefined],
  ])('is asked for until the head that it was read at (%#)', (from, place) => {
    expect(newerThan(from)).toEqual(place);
  });
});

test('around a message is what leads up to it, too', () => {
  expect(around(500)).toEqual({ after: 449, limit: 100 });
  expect(around(3)).toEqual({ after: 0, limit: 100 });
});

test('only pages up to their head are followed by what comes live', () => {
  expect(reachesEnd([])).toBe(true);
  expect(reachesEnd([page(151, 200), page(51, 150, 150)])).toBe(true);
  expect(reachesEnd([page(51, 150, 200)])).toBe(false);
});

test.each([
  [[page(51, 100, 200)], 75, true],
  [[page(51, 100, 200)], 50, false],
  [[page(51, 100, 200)], 101, false],
  [[page(51, 100)], 101, true],
  [[page(1, 100)], 0, true],
  [[page(1, 0, 0)], 1, true],
  [[], 1, false],
])('pages cover a message or not (%#)', (pages, seq, covered) => {
  expect(covers(pages, seq)).toBe(covered);
});
