export { ReadBy } from './components/ReadBy';
export { ReadersPopover } from './dialogs';
export { followReceipts } from './live';
export { ReadingProvider, useReading } from './ReadingProvider';
export { useFreshCounts, useIsRead } from './useReaders';
export { useViewing } from './useViewing';
