import { onDemand } from './onDemand';

export const ConfirmDialog = onDemand(
  () => import('./ConfirmDialog'),
  ({ ConfirmDialog }) => ConfirmDialog,
);
export const Menu = onDemand(
  () => import('./Menu'),
  ({ Menu }) => Menu,
);
