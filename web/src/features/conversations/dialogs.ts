import { lazy } from 'react';

// Loaded when first opened: dialogs bring a lot of code that the first sight does not need.
export const NewChatDialog = lazy(async () => ({
  default: (await import('./components/NewChatDialog')).NewChatDialog,
}));
export const Switcher = lazy(async () => ({ default: (await import('./components/Switcher')).Switcher }));
