import { useQuery } from '@tanstack/react-query';
import type { Message } from '@/api';
import { classes } from '@/ui/classes';
import { useMessageActions } from '../actions';
import { quotedQuery } from '../queries';
import type { MessageItem } from '../timeline';

type Props = { item: MessageItem; conversationId: string; replyToId: string };

/** The message that a bubble answers, in short; leads there. */
export function Quote({ item, conversationId, replyToId }: Props) {
  const { me, show } = useMessageActions();
  const found = useQuery({ ...quotedQuery(conversationId, replyToId), enabled: item.quoted === null });
  const quoted = item.quoted ?? found.data?.[0];
  return (
    <button
      type="button"
      tabIndex={-1}
      onClick={() => show(replyToId)}
      className={classes(
        'mb-1.5 block w-full min-w-24 rounded-lg border-s-3 px-2.5 py-1.5 text-start text-[0.8125rem] leading-snug transition-opacity duration-150 hover:opacity-85',
        item.own ? 'border-on-accent-soft bg-[oklch(0_0_0/0.18)] text-on-accent' : 'border-accent bg-hover',
      )}
    >
      <span className="sr-only">In answer to </span>
      <bdi className={classes('block truncate text-left font-medium', item.own ? 'text-on-accent' : 'text-accent-ink')}>
        {quoted ? nameFor(quoted, me) : found.isFetching ? 'Loading…' : 'An earlier message'}
      </bdi>
      {quoted && (
        <span dir="auto" className={classes('block truncate', !item.own && 'text-soft')}>
          {inShort(quoted)}
        </span>
      )}
    </button>
  );
}

function nameFor({ senderId, sender }: Message, me: string): string {
  return senderId === me ? 'You' : sender.displayName;
}

function inShort({ content, deletedAt }: Message): string {
  return deletedAt ? 'Message deleted' : content.slice(0, 200);
}
