import { createContext, use } from 'react';
import type { MessageItem } from './timeline';

/** A point of the window. */
export type Point = { x: number; y: number };

/** What can be done with the messages of a conversation. */
export type MessageActions = {
  /** Who can. */
  me: string;
  /** Everything that can be done with one. The focus comes back to its row. */
  openMenu: (item: MessageItem, row: HTMLElement | null, at: Point) => void;
  reply: (item: MessageItem) => void;
  copy: (item: MessageItem) => void;
  /** Asks whether to delete it, if that is ours to do. */
  askToDelete: (item: MessageItem) => void;
  /** Brings a message into sight. */
  show: (messageId: string) => void;
};

export const MessageActionsContext = createContext<MessageActions | null>(null);

export function useMessageActions(): MessageActions {
  const actions = use(MessageActionsContext);
  if (!actions) throw new Error('useMessageActions needs a MessageActionsContext');
  return actions;
}

/** Something in it can be answered or copied. */
export function isReadable({ state }: MessageItem): boolean {
  return state !== 'deleted';
}

export function canReply({ id, state }: MessageItem): boolean {
  return id !== null && state !== 'deleted';
}

/** The sender may, and in a group whoever leads it. */
export function canDelete({ id, state, own }: MessageItem, leads: boolean): boolean {
  return id !== null && state !== 'deleted' && (own || leads);
}
