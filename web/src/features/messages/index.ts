export { Composer } from './components/Composer';
export { Messages } from './components/Messages';
export { MessagesSkeleton } from './components/MessagesSkeleton';
export { followMessages } from './live';
export { OutboxProvider, useUnsentCount } from './OutboxProvider';
