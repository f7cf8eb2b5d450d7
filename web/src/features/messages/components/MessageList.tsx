import { observeElementRect, useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useNow } from '@/ui/useNow';
import type { TimelineItem } from '../timeline';
import { DaySeparator } from './DaySeparator';
import { JumpToEnd } from './JumpToEnd';
import { MessageRow } from './MessageRow';

type Props = {
  label: string;
  group: boolean;
  items: TimelineItem[];
  /** Stands above the oldest message that is loaded. */
  top: ReactNode;
  /** The oldest message that is loaded comes near. */
  onNearTop: () => void;
};

const topKey = 'top';
const nearTop = 15;

/** The messages, drawn as far as they are in sight. The view keeps to the end, or to what is being read. */
export function MessageList({ label, group, items, top, onNearTop }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const pinned = useRef(true);
  const now = useNow();

  const virtualizer = useVirtualizer({
    count: items.length + 1,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => items[index - 1]?.key ?? topKey,
    estimateSize: () => 48,
    overscan: 8,
    paddingEnd: 8,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: 60,
    useFlushSync: false,
    onChange: (instance) => {
      pinned.current = instance.isAtEnd();
      setAtEnd(pinned.current);
    },
    // A keyboard that opens, or a text that grows, takes height away: who was at the end stays there.
    observeElementRect: (instance, resize) =>
      observeElementRect(instance, (rect) => {
        const wasAtEnd = pinned.current;
        resize(rect);
        if (wasAtEnd) instance.scrollToEnd();
      }),
  });
  const rows = virtualizer.getVirtualItems();

  useLayoutEffect(() => virtualizer.scrollToEnd(), [virtualizer]);

  const firstIndex = rows[0]?.index ?? nearTop;
  useEffect(() => {
    if (firstIndex < nearTop) onNearTop();
  }, [firstIndex, onNearTop]);

  // Who sends wants to see it, wherever they were reading.
  const newest = items.at(-1);
  const ownUnsent = newest?.kind === 'message' && newest.unsent ? newest.key : null;
  useLayoutEffect(() => {
    if (ownUnsent) virtualizer.scrollToEnd();
  }, [ownUnsent, virtualizer]);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label={label}
        // Rows come and go while scrolling; what is new is announced apart.
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll
        tabIndex={0}
        className="scroll-thin flex h-full flex-col overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        <div className="relative mt-auto w-full shrink-0" style={{ height: virtualizer.getTotalSize() }}>
          {rows.map(({ key, index, start }) => (
            <div
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              className="absolute top-0 left-0 w-full"
              style={{ transform: `translateY(${start}px)` }}
            >
              <Row item={items[index - 1]} top={top} group={group} now={now} />
            </div>
          ))}
        </div>
      </div>
      <JumpToEnd items={items} atEnd={atEnd} onJump={() => virtualizer.scrollToEnd()} />
    </div>
  );
}

type RowProps = { item: TimelineItem | undefined; top: ReactNode; group: boolean; now: Date };

function Row({ item, top, group, now }: RowProps) {
  if (!item) return top;
  if (item.kind === 'day') return <DaySeparator date={item.date} now={now} />;
  return <MessageRow item={item} group={group} />;
}
