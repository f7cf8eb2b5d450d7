import { Avatar } from '@/ui/Avatar';
import { classes } from '@/ui/classes';
import type { MessageItem } from '../timeline';
import { MessageBubble } from './MessageBubble';
import { SendNotice } from './SendNotice';

type Props = {
  item: MessageItem;
  /** In a group it must be said who speaks. */
  group: boolean;
};

export function MessageRow({ item, group }: Props) {
  const showSender = group && !item.own;
  return (
    <div
      className={classes(
        'mx-auto flex w-full max-w-4xl gap-2 px-3 sm:px-6',
        item.first ? 'pt-3' : 'pt-0.5',
        item.own && 'flex-row-reverse',
      )}
    >
      {showSender && (
        <span className="flex w-8 shrink-0 items-end">
          {item.last && item.sender && <Avatar size="sm" name={item.sender.displayName} id={item.sender.id} />}
        </span>
      )}
      <div className={classes('flex max-w-[min(85%,36rem)] min-w-0 flex-col', item.own ? 'items-end' : 'items-start')}>
        {showSender && item.first && (
          <span
            dir="auto"
            aria-hidden
            className="max-w-full truncate px-3.5 pb-1 text-[0.8125rem] font-medium text-soft"
          >
            {item.sender?.displayName}
          </span>
        )}
        <MessageBubble item={item} />
        {item.unsent && <SendNotice entry={item.unsent} />}
      </div>
    </div>
  );
}
