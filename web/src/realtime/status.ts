import { createStore } from '@/lib/store';

/** `offline` is what the browser says; without a line nobody needs to be told that we are connecting. */
export type ConnectionStatus = 'connecting' | 'connected' | 'offline';

export const connectionStatus = createStore<ConnectionStatus>('connecting');
