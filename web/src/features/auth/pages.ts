import { lazy } from 'react';

// Loaded when shown: whoever is logged in never needs them.
export const LoginPage = lazy(async () => ({ default: (await import('./components/LoginPage')).LoginPage }));
export const RegisterPage = lazy(async () => ({ default: (await import('./components/RegisterPage')).RegisterPage }));
