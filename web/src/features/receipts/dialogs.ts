import { onDemand } from '@/ui/onDemand';

export const ReadersPopover = onDemand(
  () => import('./components/ReadersPopover'),
  ({ ReadersPopover }) => ReadersPopover,
);
