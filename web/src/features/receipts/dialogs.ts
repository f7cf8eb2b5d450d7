import { onDemand } from '@/ui/onDemand';

export const ReadersPopover = onDemand(async () => (await import('./components/ReadersPopover')).ReadersPopover);
