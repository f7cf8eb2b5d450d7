import { lazy } from 'react';

// Loaded when shown: few visits need it.
export const NotificationSettings = lazy(async () => ({
  default: (await import('./components/NotificationSettings')).NotificationSettings,
}));
