import { renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useFirstMove } from './useFirstMove';

const task = vi.fn();

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  task.mockReset();
});

test.each(['pointermove', 'pointerdown', 'keydown'])('what may be opened is ready from the first %s', (move) => {
  renderHook(() => useFirstMove(true, task));
  expect(task).not.toHaveBeenCalled();
  document.body.dispatchEvent(new Event(move, { bubbles: true }));
  expect(task).toHaveBeenCalledOnce();
  document.body.dispatchEvent(new Event(move, { bubbles: true }));
  vi.advanceTimersByTime(60_000);
  expect(task).toHaveBeenCalledOnce();
});

test('for whoever only reads, it is in a quiet moment', () => {
  renderHook(() => useFirstMove(true, task));
  vi.advanceTimersByTime(10_000);
  expect(task).toHaveBeenCalledOnce();
});

test('it waits for what is needed first, and for nobody who has left', () => {
  const { rerender, unmount } = renderHook(({ ready }) => useFirstMove(ready, task), {
    initialProps: { ready: false },
  });
  document.dispatchEvent(new Event('pointermove'));
  vi.advanceTimersByTime(60_000);
  expect(task).not.toHaveBeenCalled();
  rerender({ ready: true });
  unmount();
  document.dispatchEvent(new Event('pointermove'));
  vi.advanceTimersByTime(60_000);
  expect(task).not.toHaveBeenCalled();
});
