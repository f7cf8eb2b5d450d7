import { ArrowDown } from 'lucide-react';
import { useState } from 'react';
import { classes } from '@/ui/classes';
import type { TimelineItem } from '../timeline';

type Props = { items: TimelineItem[]; atEnd: boolean; onJump: () => void };

/** Leads from history back to the end, and says what came there meanwhile. */
export function JumpToEnd({ items, atEnd, onJump }: Props) {
  const newest = newestSeq(items);
  const [seen, setSeen] = useState(newest);
  if (atEnd && seen !== newest) setSeen(newest);
  if (atEnd) return null;
  const count = items.filter((item) => item.kind === 'message' && !item.own && (item.seq ?? 0) > seen).length;
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

function newestSeq(items: TimelineItem[]): number {
  const newest = items.findLast((item) => item.kind === 'message' && item.seq !== null);
  return newest?.kind === 'message' ? (newest.seq ?? 0) : 0;
}
