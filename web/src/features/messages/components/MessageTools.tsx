import { EllipsisVertical, Reply } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from '@/ui/classes';
import { canReply, useMessageActions } from '../actions';
import type { MessageItem } from '../timeline';

/** Beside the bubble that the mouse is on. Fingers rest on a bubble instead, and the keyboard selects it. */
export function MessageTools({ item }: { item: MessageItem }) {
  const { reply, openMenu } = useMessageActions();
  return (
    <div
      className={classes(
        'absolute top-1/2 hidden -translate-y-1/2 items-center opacity-0 transition-opacity duration-150 group-hover/row:opacity-100 group-focus-visible/row:opacity-100 focus-within:opacity-100 pointer-fine:flex',
        item.own ? 'right-full flex-row-reverse pe-1' : 'left-full ps-1',
      )}
    >
      {canReply(item) && (
        <Tool label="Reply" onClick={() => reply(item)}>
          <Reply aria-hidden className="size-4" />
        </Tool>
      )}
      <Tool
        label="More"
        onClick={(button) => {
          const { left, bottom } = button.getBoundingClientRect();
          openMenu(item, button.closest('article'), { x: left, y: bottom });
        }}
      >
        <EllipsisVertical aria-hidden className="size-4" />
      </Tool>
    </div>
  );
}

type ToolProps = { label: string; onClick: (button: HTMLElement) => void; children: ReactNode };

function Tool({ label, onClick, children }: ToolProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      // The keyboard has the menu of the row: two more stops at each message would be many.
      tabIndex={-1}
      onClick={(event) => onClick(event.currentTarget)}
      className="inline-flex size-8 items-center justify-center rounded-full text-soft transition-colors duration-150 hover:bg-hover hover:text-ink"
    >
      {children}
    </button>
  );
}
