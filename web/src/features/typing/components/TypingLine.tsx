import type { Conversation } from '@/api';
import { useTypingText } from '../useTypingText';

/** Says who writes. The room is kept free, so that nothing moves. */
export function TypingLine({ conversation }: { conversation: Conversation }) {
  const text = useTypingText(conversation);
  return (
    <p role="status" className="mx-auto h-5 w-full max-w-4xl shrink-0 truncate px-5 text-[0.8125rem] text-soft sm:px-8">
      {text && (
        <span className="animate-appear">
          <bdi>{text}</bdi>
        </span>
      )}
    </p>
  );
}
