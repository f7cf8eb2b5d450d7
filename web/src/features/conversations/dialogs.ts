import { onDemand } from '@/ui/onDemand';

export const NewChatDialog = onDemand(async () => (await import('./components/NewChatDialog')).NewChatDialog);
export const Switcher = onDemand(async () => (await import('./components/Switcher')).Switcher);
