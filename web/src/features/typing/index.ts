export { TypingLine } from './components/TypingLine';
export { followTyping } from './live';
export { useTypingSignal } from './useTypingSignal';
export { useTypingText } from './useTypingText';
