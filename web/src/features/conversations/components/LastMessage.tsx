import type { Conversation } from '@/api';
import { classes } from '@/ui/classes';
import { preview } from '../names';

/** The last message in one line. Who said it and what was said may go in different directions. */
export function LastMessage({ conversation, me }: { conversation: Conversation; me: string }) {
  const { speaker, text, quiet } = preview(conversation, me);
  return (
    <>
      {speaker && (
        <span className="max-w-1/2 shrink-0 truncate">
          <bdi>{speaker}</bdi>:
        </span>
      )}
      <span dir="auto" className={classes('min-w-0 flex-1 truncate text-left', quiet && 'italic')}>
        {text}
      </span>
    </>
  );
}
