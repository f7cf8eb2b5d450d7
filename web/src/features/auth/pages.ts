import { lazy } from 'react';

// Loaded when shown: whoever is logged in never needs them.
export const LoginPage = lazy(async () => ({ default: (await import('./components/LoginPage')).LoginPage }));
export const RegisterPage = lazy(async () => ({ default: (await import('./components/RegisterPage')).RegisterPage }));

// And these are seldom needed.
export const DeviceSettings = lazy(async () => ({
  default: (await import('./components/DeviceSettings')).DeviceSettings,
}));
export const PasswordSettings = lazy(async () => ({
  default: (await import('./components/PasswordSettings')).PasswordSettings,
}));
export const DeleteAccount = lazy(async () => ({
  default: (await import('./components/DeleteAccount')).DeleteAccount,
}));
