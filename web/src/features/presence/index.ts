export { PresenceDot } from './components/PresenceDot';
export { PresenceText } from './components/PresenceText';
export { followPresence, notePresences } from './live';
export { useCountHere } from './usePresence';
