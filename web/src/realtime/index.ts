export { RealtimeProvider, useRealtime } from './Provider';
export { Realtime } from './realtime';
export { type ConnectionStatus, connectionStatus } from './status';
