import { expect, test } from 'vitest';
import { formatAgo, formatDay, formatPast, formatShort, formatWait } from './dates';

const now = new Date(2026, 2, 18, 12, 0);

test.each([
  [new Date(2026, 2, 18, 0, 1), 'Today'],
  [new Date(2026, 2, 17, 23, 59), 'Yesterday'],
  [new Date(2026, 2, 13, 9, 0), 'Friday'],
])('a day in a conversation: %s is %s', (date, expected) => {
  expect(formatDay(date, now)).toBe(expected);
});

test('a clock ahead of ours still means today', () => {
  expect(formatDay(new Date(2026, 2, 19, 0, 1), now)).toBe('Today');
});

test('only days of another year carry the year', () => {
  expect(formatDay(new Date(2026, 0, 3), now)).not.toContain('2026');
  expect(formatDay(new Date(2025, 0, 3), now)).toContain('2025');
});

test('a list shows the time today and the day before that', () => {
  expect(formatShort(new Date(2026, 2, 18, 9, 5), now)).toMatch(/9:05/);
  expect(formatShort(new Date(2026, 2, 17, 9, 5), now)).toBe('Yesterday');
});

test.each([
  [0, '0 s'],
  [45, '45 s'],
  [60, '1 min 00 s'],
  [125, '2 min 05 s'],
  [3599, '59 min 59 s'],
  [3600, '1 h 00 min'],
  [3661, '1 h 02 min'],
])('a wait of %i seconds is %s', (seconds, expected) => {
  expect(formatWait(seconds)).toBe(expected);
});

test.each([
  [new Date(2026, 2, 18, 12, 1), 'just now'],
  [new Date(2026, 2, 18, 11, 59, 30), 'just now'],
  [new Date(2026, 2, 18, 11, 59), '1 minute ago'],
  [new Date(2026, 2, 18, 11, 1), '59 minutes ago'],
  [new Date(2026, 2, 18, 9, 5), /^today at 0?9:05/],
  [new Date(2026, 2, 17, 9, 5), /^yesterday at 0?9:05/],
  [new Date(2026, 2, 13, 9, 5), /^on Friday at 0?9:05/],
  [new Date(2025, 2, 13, 9, 5), /^on .*2025 at 0?9:05/],
])('%s was %s', (date, expected) => {
  expect(formatPast(date, now)).toMatch(expected);
});

test.each([
  [-30, 'now'],
  [59, 'now'],
  [60, '1 min'],
  [59 * 60, '59 min'],
])('%i seconds ago is %s', (seconds, text) => {
  const now = new Date(2026, 2, 18, 14, 5);
  expect(formatAgo(new Date(now.getTime() - seconds * 1000), now)).toBe(text);
});
