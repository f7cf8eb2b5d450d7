import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { endSession, lastEnding } from '@/api';
import { fakeSocket } from './fakeSocket';
import { server } from './server';

vi.mock('socket.io-client', () => ({
  io: (_: string, options: Parameters<typeof fakeSocket.create>[0]) => fakeSocket.create(options),
}));

// jsdom knows no media, and lays nothing out: without a height the message list would draw nothing.
Object.defineProperties(HTMLElement.prototype, { clientWidth: { value: 800 }, clientHeight: { value: 600 } });
window.matchMedia = () => Object.assign(new EventTarget(), { matches: false }) as MediaQueryList;

// Parts that are loaded when shown take their time on a busy machine.
configure({ asyncUtilTimeout: 5000 });

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
beforeEach(() => {
  localStorage.clear();
  fakeSocket.reset();
});
afterEach(() => {
  cleanup();
  endSession('left');
  lastEnding.set(null);
  server.resetHandlers();
});
afterAll(() => server.close());
