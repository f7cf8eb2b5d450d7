import { onDemand } from '@/ui/onDemand';

export const NewChatDialog = onDemand(
  () => import('./components/NewChatDialog'),
  ({ NewChatDialog }) => NewChatDialog,
);
export const Switcher = onDemand(
  () => import('./components/Switcher'),
  ({ Switcher }) => Switcher,
);
