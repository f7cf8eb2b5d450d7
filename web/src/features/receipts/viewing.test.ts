import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Viewing } from './viewing';

let intersect: (entries: object[]) => void;
let onSeen: ReturnType<typeof vi.fn<(seq: number) => void>>;
let viewing: Viewing;

function row(seq: number): HTMLElement {
  const element = document.createElement('article');
  element.dataset.seq = String(seq);
  return element;
}

/** So many pixels of a row are in sight, in a list that is 600 high. */
function sight(target: HTMLElement, inSight: number, height = 40): void {
  intersect([
    {
      target,
      isIntersecting: inSight > 0,
      intersectionRect: { height: inSight },
      boundingClientRect: { height },
      rootBounds: { height: 600 },
    },
  ]);
}

function look(here: boolean): void {
  document.hasFocus = () => here;
  window.dispatchEvent(new Event(here ? 'focus' : 'blur'));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(notice: typeof intersect) {
        intersect = notice;
      }
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  document.hasFocus = () => true;
  onSeen = vi.fn();
  viewing = new Viewing(document.body, onSeen);
});
afterEach(() => {
  viewing.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('half of it for a second is enough, and the highest counts', () => {
  sight(row(1), 40);
  sight(row(2), 20);
  sight(row(3), 19);
  vi.advanceTimersByTime(990);
  expect(onSeen).not.toHaveBeenCalled();
  vi.advanceTimersByTime(20);
  expect(onSeen.mock.calls).toEqual([[2]]);
});

test('what passed by was not seen', () => {
  const passing = row(5);
  sight(passing, 40);
  vi.advanceTimersByTime(900);
  sight(passing, 0);
  vi.advanceTimersByTime(5000);
  expect(onSeen).not.toHaveBeenCalled();
});

test('what is longer than the screen is seen when it fills half of it', () => {
  sight(row(1), 290, 4000);
  vi.advanceTimersByTime(2000);
  expect(onSeen).not.toHaveBeenCalled();
  sight(row(2), 310, 4000);
  vi.advanceTimersByTime(2000);
  expect(onSeen).toHaveBeenCalledWith(2);
});

test('nothing is seen while one looks elsewhere, and the second begins again after it', () => {
  sight(row(1), 40);
  vi.advanceTimersByTime(500);
  look(false);
  vi.advanceTimersByTime(5000);
  sight(row(2), 40);
  vi.advanceTimersByTime(5000);
  expect(onSeen).not.toHaveBeenCalled();
  look(true);
  vi.advanceTimersByTime(900);
  expect(onSeen).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(onSeen.mock.calls).toEqual([[2]]);
});

test('only what is further is told, each after its own second', () => {
  sight(row(4), 40);
  vi.advanceTimersByTime(600);
  sight(row(5), 40);
  sight(row(2), 40);
  vi.advanceTimersByTime(3000);
  expect(onSeen.mock.calls).toEqual([[4], [5]]);
});
