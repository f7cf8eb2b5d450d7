import { loadable } from '@/ui/onDemand';
import { PanelSkeleton } from '@/ui/PanelSkeleton';

// Loaded when shown: few visits need it.
export const NotificationSettings = loadable(() => import('./components/NotificationSettings')).component(
  ({ NotificationSettings }) => NotificationSettings,
  PanelSkeleton,
);
