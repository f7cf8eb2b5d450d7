import { Check, CircleAlert, Clock } from 'lucide-react';
import { formatFull, formatTime } from '@/lib/dates';
import { classes } from '@/ui/classes';
import type { MessageItem, MessageState } from '../timeline';
import { MessageText } from './MessageText';
import { Quote } from './Quote';

export function MessageBubble({ item, conversationId }: { item: MessageItem; conversationId: string }) {
  const { own, state, first, last } = item;
  const deleted = state === 'deleted';
  const time = formatTime(item.createdAt);
  return (
    <div
      dir="auto"
      data-bubble
      className={classes(
        // Marks that people pile on letters stay within.
        'relative max-w-full min-w-0 overflow-clip rounded-2xl px-3.5 py-2 outline-offset-2 outline-accent-ink pointer-coarse:select-none group-focus-visible/row:outline-2',
        deleted
          ? 'border border-line italic'
          : own
            ? 'bg-accent text-on-accent'
            : 'bg-raised shadow-[0_1px_1px_oklch(0.2_0.03_268/0.06)]',
        own && !first && 'rounded-tr-md',
        own && !last && 'rounded-br-md',
        !own && !first && 'rounded-tl-md',
        !own && !last && 'rounded-bl-md',
      )}
    >
      {/* A direction of its own: that of the bubble follows the words, not the name. */}
      <span dir="auto" className="sr-only">
        {own ? 'You' : item.sender?.displayName}:{' '}
      </span>
      {item.replyToId && <Quote item={item} conversationId={conversationId} replyToId={item.replyToId} />}
      <p className="wrap-anywhere whitespace-pre-wrap">
        {deleted ? (
          <span className="text-soft">Message deleted</span>
        ) : (
          <MessageText text={item.content} linkClass={own ? 'text-on-accent' : 'text-accent-ink'} />
        )}
        {/* Keeps the last line clear of the time. */}
        <span
          aria-hidden
          data-time={time}
          className={classes(
            'invisible inline-block h-3 ps-2.5 text-[0.6875rem] tabular-nums before:content-[attr(data-time)]',
            own && !deleted && 'pe-4.5',
          )}
        />
      </p>
      <span
        className={classes(
          'absolute end-3 bottom-1.5 inline-flex items-center gap-1 text-[0.6875rem] not-italic tabular-nums',
          own && !deleted ? 'text-on-accent-soft' : 'text-soft',
        )}
      >
        <time dateTime={item.createdAt.toISOString()} title={formatFull(item.createdAt)}>
          {time}
        </time>
        {own && <StateMark state={state} />}
      </span>
    </div>
  );
}

const marks = {
  sending: { Icon: Clock, text: 'Sending' },
  delivered: { Icon: Check, text: 'Sent' },
  failed: { Icon: CircleAlert, text: 'Not sent' },
};

function StateMark({ state }: { state: MessageState }) {
  if (state === 'deleted') return null;
  const { Icon, text } = marks[state];
  return (
    <>
      <Icon aria-hidden className="size-3.5" strokeWidth={2.5} />
      <span className="sr-only">{text}</span>
    </>
  );
}
