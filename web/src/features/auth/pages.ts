import { loadable } from '@/ui/onDemand';
import { PanelSkeleton } from '@/ui/PanelSkeleton';

// Loaded when shown: whoever is logged in never needs them.
export const LoginPage = loadable(() => import('./components/LoginPage')).component(({ LoginPage }) => LoginPage);
export const RegisterPage = loadable(() => import('./components/RegisterPage')).component(
  ({ RegisterPage }) => RegisterPage,
);

// And these are seldom needed.
export const DeviceSettings = loadable(() => import('./components/DeviceSettings')).component(
  ({ DeviceSettings }) => DeviceSettings,
  PanelSkeleton,
);
export const PasswordSettings = loadable(() => import('./components/PasswordSettings')).component(
  ({ PasswordSettings }) => PasswordSettings,
  PanelSkeleton,
);
export const DeleteAccount = loadable(() => import('./components/DeleteAccount')).component(
  ({ DeleteAccount }) => DeleteAccount,
  PanelSkeleton,
);
