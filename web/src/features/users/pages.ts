import { loadable } from '@/ui/onDemand';
import { PanelSkeleton } from '@/ui/PanelSkeleton';

// Loaded when shown: few visits need them.
export const ProfileSettings = loadable(() => import('./components/ProfileSettings')).component(
  ({ ProfileSettings }) => ProfileSettings,
  PanelSkeleton,
);
export const PrivacySettings = loadable(() => import('./components/PrivacySettings')).component(
  ({ PrivacySettings }) => PrivacySettings,
  PanelSkeleton,
);
