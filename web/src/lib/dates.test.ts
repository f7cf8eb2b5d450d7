import { expect, test } from 'vitest';
import { formatDay, formatShort } from './dates';

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
