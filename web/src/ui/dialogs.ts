import { onDemand } from './onDemand';

export const ConfirmDialog = onDemand(async () => (await import('./ConfirmDialog')).ConfirmDialog);
export const Menu = onDemand(async () => (await import('./Menu')).Menu);
