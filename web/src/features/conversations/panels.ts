import { onDemand } from '@/ui/onDemand';
import { usePanel } from '@/ui/usePanel';

const panels = ['members', 'add', 'edit', 'leave', 'delete', 'person'] as const;

export type ConversationPanel = (typeof panels)[number];

/** Which dialog about the conversation is open. */
export function useConversationPanel() {
  return usePanel<ConversationPanel>(panels);
}

export const ConversationPanels = onDemand(
  () => import('./components/ConversationPanels'),
  ({ ConversationPanels }) => ConversationPanels,
);
