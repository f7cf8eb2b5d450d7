import { lazy } from 'react';

// Loaded when first asked for: dialogs bring a lot of code that the first sight does not need.
export const ConfirmDialog = lazy(async () => ({ default: (await import('./ConfirmDialog')).ConfirmDialog }));
export const Menu = lazy(async () => ({ default: (await import('./Menu')).Menu }));
