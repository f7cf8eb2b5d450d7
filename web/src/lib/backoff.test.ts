import { expect, test } from 'vitest';
import { backoff } from './backoff';

test('doubles up to thirty seconds', () => {
  const waits = [0, 1, 2, 3, 4, 5, 50].map((attempt) => backoff(attempt, () => 0));
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000]);
});

test('takes up to half off at random', () => {
  expect(backoff(1, () => 1)).toBe(1000);
});
