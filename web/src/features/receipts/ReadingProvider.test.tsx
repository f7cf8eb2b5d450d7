import { render, waitFor } from '@testing-library/react';
import { useEffect } from 'react';
import { beforeEach, expect, test, vi } from 'vitest';
import { saveSession } from '@/api';
import { RealtimeProvider } from '@/realtime';
import { alice } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { answer, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';
import { ReadingProvider, useReading } from './ReadingProvider';

function Reader() {
  const reading = useReading();
  useEffect(() => reading.moveTo('a', { seq: 3, messageId: 'm3' }), [reading]);
  return null;
}

function read() {
  render(
    <RealtimeProvider me={alice.id}>
      <ReadingProvider me={alice.id}>
        <Reader />
      </ReadingProvider>
    </RealtimeProvider>,
  );
}

beforeEach(() => saveSession({ accessToken: makeToken(alice.id), expiresIn: 900 }));

test('what is read goes over the socket', async () => {
  read();
  await waitFor(() =>
    expect(fakeSocket.said).toContainEqual(['receipt:read', { conversationId: 'a', lastReadMessageId: 'm3' }]),
  );
});

test('and over HTTP while there is none', async () => {
  fakeSocket.reachable = false;
  const heard = vi.fn();
  answer('post', '/conversations/a/read', async (request) => {
    heard(await request.json());
    return ok({ lastReadSeq: 3, lastReadMessageId: 'm3', unreadCount: 0 });
  });
  read();
  await waitFor(() => expect(heard).toHaveBeenCalledWith({ lastReadMessageId: 'm3' }));
  expect(fakeSocket.said).toEqual([]);
});
