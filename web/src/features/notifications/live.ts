import type { QueryClient } from '@tanstack/react-query';
import type { Message } from '@/api';
import { conversationName, findConversation } from '@/features/conversations';
import type { Realtime } from '@/realtime';
import { claimOnce, followFocus } from './attention';
import { notificationSettings } from './settings';
import { playSound } from './sound';

/** What is older was missed, not just said; that would be many at once. */
const freshness = 60_000;

/** Tells of messages that come while somebody looks elsewhere. `open` leads to a conversation. Answers how to stop. */
export function followNotifications(
  realtime: Realtime,
  queryClient: QueryClient,
  me: string,
  open: (conversationId: string) => void,
): () => void {
  const focus = followFocus(me);
  const stopListening = realtime.on('message:received', async ({ message }) => {
    const old = Date.now() - Date.parse(message.createdAt) > freshness;
    if (message.senderId === me || message.deletedAt || old || document.hasFocus()) return;
    if ((await focus.isElsewhere()) || !(await claimOnce(`trice.notify.${message.id}`))) return;
    const { popups, sound } = notificationSettings(me).get();
    if (popups) show(message, queryClient, me, open);
    if (sound) playSound();
  });
  return () => {
    stopListening();
    focus.stop();
  };
}

function show(message: Message, queryClient: QueryClient, me: string, open: (conversationId: string) => void): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const { conversationId, sender, content } = message;
  const conversation = findConversation(queryClient, conversationId);
  const group = conversation?.type === 'group' ? ` · ${conversationName(conversation, me)}` : '';
  try {
    // One for each conversation: the newest takes the place of the one before.
    const popup = new Notification(sender.displayName + group, {
      body: content.slice(0, 300),
      tag: conversationId,
      icon: '/icon-192.png',
      silent: true,
    });
    popup.onclick = () => {
      window.focus();
      popup.close();
      open(conversationId);
    };
  } catch {
    // Some phones want a service worker for it. The title still counts.
  }
}
