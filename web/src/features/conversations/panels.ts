import { lazy } from 'react';
import { usePanel } from '@/ui/usePanel';

const panels = ['members', 'add', 'edit', 'leave', 'delete', 'person'] as const;

export type ConversationPanel = (typeof panels)[number];

/** Which dialog about the conversation is open. */
export function useConversationPanel() {
  return usePanel<ConversationPanel>(panels);
}

// Loaded when first opened: dialogs bring a lot of code that the first sight does not need.
export const ConversationPanels = lazy(async () => ({
  default: (await import('./components/ConversationPanels')).ConversationPanels,
}));
