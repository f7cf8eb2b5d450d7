export { MessagesSkeleton } from './components/MessagesSkeleton';
export { Thread } from './components/Thread';
export { followMessages } from './live';
export { OutboxProvider, useUnsentCount } from './OutboxProvider';
export { useDraft } from './useDraft';
export { prefetchOpening } from './useOpening';
