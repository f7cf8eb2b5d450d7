import { lazy } from 'react';

// Loaded when shown: few visits need them.
export const ProfileSettings = lazy(async () => ({
  default: (await import('./components/ProfileSettings')).ProfileSettings,
}));
export const PrivacySettings = lazy(async () => ({
  default: (await import('./components/PrivacySettings')).PrivacySettings,
}));
