import { ArrowDown } from 'lucide-react';
import { useState } from 'react';
import { classes } from '@/ui/classes';
import type { TimelineItem } from '../timeline';

type Props = {
  items: TimelineItem[];
  /** The number of the last message in sight. */
  lastInView: number;
  /** The number of the newest message. */
  head: number;
  /** The newest message is among the items. */
  toEnd: boolean;
  atEnd: boolean;
  onJump: () => void;
};

/** Leads from history back to the end, and says how much there was not in sight yet. */
export function JumpToEnd({ items, lastInView, head, toEnd, atEnd, onJump }: Props) {
  // What came before the conversation was opened is no news, unless the view opened above it.
  const [seen, setSeen] = useState(atEnd ? head : lastInView);
  const reached = atEnd ? head : lastInView;
  if (seen < reached) setSeen(reached);
  if (atEnd) return null;
  const count = toEnd
    ? items.filter((item) => item.kind === 'message' && !item.own && (item.seq ?? 0) > seen).length
    : head - seen;
  return (
    <button
      type="button"
      onClick={onJump}
      aria-label={count > 0 ? `${count} new, jump to the end` : 'Jump to the end'}
      className={classes(
        'absolute right-4 bottom-3 inline-flex h-11 min-w-11 animate-rise items-center justify-center gap-1.5 rounded-full border border-line bg-raised px-3 font-medium shadow-float transition-colors hover:bg-hover',
        count > 0 ? 'text-accent-ink' : 'text-soft',
      )}
    >
      {count > 0 && <span className="text-sm tabular-nums">{count} new</span>}
      <ArrowDown aria-hidden className="size-5" />
    </button>
  );
}
