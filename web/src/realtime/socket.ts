import { io, type Socket } from 'socket.io-client';
import { type AuthSuccess, renewSession, session, sessionRevoked } from '@/api';
import { backoff } from '@/lib/backoff';
import type { ClientEvents, ServerEvents } from './events';
import { connectionStatus } from './status';

export type ChatSocket = Socket<ServerEvents, ClientEvents>;

/**
 * Connects as `userId` and stays connected until closed, or until somebody else is logged in. `onReady` is called once
 * per connection, when the server has accepted the token; `withMany` when it was the server's end that let go before, and
 * so of everybody.
 */
export function openSocket(
  userId: string,
  onReady: (success: AuthSuccess, withMany: boolean) => void,
): { socket: ChatSocket; close: () => void } {
  const newestToken = () => {
    const current = session.get();
    return current?.userId === userId ? current.accessToken : null;
  };
  let shownToken = '';
  let ready = false;
  let withMany = false;
  let refusals = 0;
  let serverBusy = false;
  let comingBack: ReturnType<typeof setTimeout> | undefined;

  const socket: ChatSocket = io('/chat', {
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    // A connection of its own: one that was closed is not taken up again by the next person who logs in.
    forceNew: true,
    autoConnect: false,
    reconnectionDelay: 1000,
    reconnectionDelayMax: 30_000,
    // Whoever was cut off together comes back apart.
    randomizationFactor: 1,
    // A function, so that every reconnect shows the newest token: one that has run out is renewed before.
    auth: async (show) => {
      const current = session.get();
      if (current?.userId === userId && current.renewAt <= Date.now()) {
        await renewSession(current.accessToken).catch(() => undefined);
      }
      shownToken = newestToken() ?? '';
      show({ token: shownToken });
    },
  });

  const showStatus = () => {
    if (!navigator.onLine) connectionStatus.set('offline');
    else connectionStatus.set(ready ? 'connected' : 'connecting');
  };

  // After a goodbye for good, official clients stay away. We come back if the session turns out to be alive.
  const comeBack = () => {
    clearTimeout(comingBack);
    if (!newestToken()) return;
    const wait = refusals === 0 ? 0 : backoff(refusals - 1);
    refusals += 1;
    comingBack = setTimeout(async () => {
      try {
        if (!serverBusy) await renewSession(shownToken);
        serverBusy = false;
        socket.connect();
      } catch {
        if (newestToken()) comeBack();
      }
    }, wait);
  };

  const hurry = () => {
    showStatus();
    if (document.visibilityState === 'hidden' || !navigator.onLine || socket.connected || !newestToken()) return;
    // Disconnecting ends the wait for the next try, so that it starts at once.
    socket.disconnect().connect();
  };
  // A tab that comes back says so twice. The try that the first one has begun goes on.
  const hurryUnlessTrying = () => {
    if (socket.io.engine.readyState === 'closed') hurry();
  };

  const showNewToken = () => {
    const token = newestToken();
    if (!token || !ready || token === shownToken) return;
    shownToken = token;
    socket.emit('auth', { token });
  };

  socket.on('auth:success', (success) => {
    refusals = 0;
    if (ready) return;
    ready = true;
    showStatus();
    showNewToken();
    onReady(success, withMany);
  });
  socket.on('auth:error', ({ code }) => {
    // Nothing is wrong with the token then: it could not be looked at.
    serverBusy = code === 'SERVICE_UNAVAILABLE';
    if (code === 'TOKEN_REVOKED') sessionRevoked(shownToken);
  });
  socket.on('disconnect', (reason) => {
    ready = false;
    withMany = reason === 'transport close' && navigator.onLine;
    showStatus();
    if (reason === 'io server disconnect') comeBack();
  });
  socket.on('connect_error', () => {
    if (!socket.active) comeBack();
  });
  const unfollowSession = session.subscribe(showNewToken);
  window.addEventListener('online', hurry);
  window.addEventListener('offline', showStatus);
  window.addEventListener('focus', hurryUnlessTrying);
  document.addEventListener('visibilitychange', hurryUnlessTrying);

  showStatus();
  socket.connect();

  return {
    socket,
    close() {
      clearTimeout(comingBack);
      unfollowSession();
      window.removeEventListener('online', hurry);
      window.removeEventListener('offline', showStatus);
      window.removeEventListener('focus', hurryUnlessTrying);
      document.removeEventListener('visibilitychange', hurryUnlessTrying);
      socket.removeAllListeners();
      socket.disconnect();
    },
  };
}
