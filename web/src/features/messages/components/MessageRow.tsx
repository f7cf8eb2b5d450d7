import { memo } from 'react';
import { ReadBy } from '@/features/receipts';
import { Avatar } from '@/ui/Avatar';
import { classes } from '@/ui/classes';
import { useMessageActions } from '../actions';
import type { MessageItem } from '../timeline';
import { useMenuGestures } from '../useMenuGestures';
import { MessageBubble } from './MessageBubble';
import { MessageTools } from './MessageTools';
import { SendNotice } from './SendNotice';

type Props = {
  item: MessageItem;
  conversationId: string;
  /** In a group it must be said who speaks. */
  group: boolean;
  /** Tab leads to it, and from it the arrow keys to the others. */
  isTabStop: boolean;
  /** It was looked for: it shows where it is, once for each number. */
  flash: number | null;
  /** It has shown it, and does not when it comes into sight again. */
  onFlashed: (number: number) => void;
  onSelect: (key: string) => void;
};

export const MessageRow = memo(function MessageRow(props: Props) {
  const { item, conversationId, group, isTabStop, flash, onFlashed, onSelect } = props;
  const showSender = group && !item.own;
  const menu = useMenuGestures(item);
  const { showReaders } = useMessageActions();
  return (
    <article
      // Where a message is, for the keyboard and for whoever asks whether it was seen.
      data-message={item.key}
      data-seq={item.seq ?? undefined}
      tabIndex={isTabStop ? 0 : -1}
      onFocus={(event) => event.target === event.currentTarget && onSelect(item.key)}
      className={classes(
        'group/row relative mx-auto flex w-full max-w-4xl gap-2 px-3 outline-none sm:px-6',
        item.first ? 'pt-3' : 'pt-0.5',
        item.own && 'flex-row-reverse',
      )}
      {...menu}
    >
      {flash !== null && (
        <span
          key={flash}
          aria-hidden
          onAnimationEnd={() => onFlashed(flash)}
          className="absolute inset-0 animate-flash rounded-xl"
        />
      )}
      {showSender && (
        <span className="flex w-8 shrink-0 items-end">
          {item.last && item.sender && <Avatar size="sm" name={item.sender.displayName} id={item.sender.id} />}
        </span>
      )}
      <div
        className={classes(
          // Beside it there is place for what the mouse finds.
          'relative flex max-w-[min(85%,36rem)] min-w-0 flex-col pointer-fine:max-w-[min(85%,100%-7rem,36rem)]',
          item.own ? 'items-end' : 'items-start',
        )}
      >
        {showSender && item.first && (
          <span
            dir="auto"
            aria-hidden
            className="max-w-full truncate px-3.5 pb-1 text-[0.8125rem] font-medium text-soft"
          >
            {item.sender?.displayName}
          </span>
        )}
        <div className="relative flex max-w-full min-w-0">
          <MessageBubble item={item} conversationId={conversationId} />
          {item.state !== 'deleted' && <MessageTools item={item} />}
        </div>
        {group && item.own && item.last && !item.unsent && (
          <ReadBy
            conversationId={conversationId}
            messageId={item.id}
            known={item.readCount}
            onOpen={(button) => showReaders(item, button)}
          />
        )}
        {item.unsent && <SendNotice entry={item.unsent} waits={item.waits} />}
      </div>
    </article>
  );
});
