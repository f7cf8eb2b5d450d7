import { defaultRangeExtractor, observeElementRect, useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useViewing } from '@/features/receipts';
import { useNow } from '@/ui/useNow';
import type { TimelineItem } from '../timeline';
import type { Goal } from '../useGoal';
import { useHeldPlace } from '../useHeldPlace';
import { useListKeys } from '../useListKeys';
import { DaySeparator } from './DaySeparator';
import { JumpToEnd } from './JumpToEnd';
import { MessageRow } from './MessageRow';
import { UnreadSeparator } from './UnreadSeparator';

type Props = {
  conversationId: string;
  label: string;
  group: boolean;
  items: TimelineItem[];
  /** Stands above the oldest message that is loaded. */
  top: ReactNode;
  /** History has come; until then there is at most what is not sent yet. */
  ready: boolean;
  /** The newest message is loaded, and what comes live follows it. */
  toEnd: boolean;
  /** The number of the newest message. */
  head: number;
  opensAtUnread: boolean;
  goal: Goal | null;
  selected: string | null;
  onSelect: (key: string | null) => void;
  /** Leads back to the composer. */
  onWrite: () => void;
  /** Everything up to this number was looked at. */
  onSeen: (seq: number) => void;
  onShowEnd: () => void;
  /** The oldest, or the newest, message that is loaded comes near. */
  onNearTop: () => void;
  onNearEnd: () => void;
};

/** So near to either end of what is loaded, more is asked for. */
const near = 25;
/** Kept free above the rows, always the same, so that nothing moves when what stands there changes. */
const topHeight = 96;
/** As high is a row of one line, taken for all until they are measured. */
const usualHeight = 48;
/** What was read before stays in sight above what is unread. */
const context = 72;

/** The messages, drawn as far as they are in sight. The view keeps to the end, or to what is being read. */
export function MessageList(props: Props) {
  const { label, group, items, top, ready, toEnd, head, opensAtUnread, goal, selected, onSelect, onWrite } = props;
  const { conversationId, onSeen, onShowEnd, onNearTop, onNearEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(!opensAtUnread);
  const pinned = useRef(!opensAtUnread);
  const [flashed, setFlashed] = useState(0);
  const now = useNow();
  const selectedIndex = selected === null ? -1 : items.findIndex(({ key }) => key === selected);

  const virtualizer = useVirtualizer({
    count: items.length,
    // What is drawn first is what will be in sight.
    initialOffset: opensAtUnread ? 0 : items.length * usualHeight,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => items[index]?.key ?? index,
    estimateSize: () => usualHeight,
    // What has the focus stays, wherever it is.
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const drawn = defaultRangeExtractor(range);
        if (selectedIndex < 0 || drawn.includes(selectedIndex)) return drawn;
        return [...drawn, selectedIndex].sort((a, b) => a - b);
      },
      [selectedIndex],
    ),
    overscan: 8,
    paddingStart: topHeight,
    paddingEnd: 4,
    scrollPaddingStart: context,
    anchorTo: 'end',
    followOnAppend: toEnd,
    scrollEndThreshold: 60,
    useFlushSync: false,
    onChange: (instance) => {
      pinned.current = toEnd && instance.isAtEnd();
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
  useHeldPlace(virtualizer, topHeight);
  useViewing(scroller, onSeen);
  const rows = virtualizer.getVirtualItems();

  // Opens at what is unread, or at the end; once what was there is.
  const unreadIndex = useRef(-1);
  unreadIndex.current = items.findIndex(({ kind }) => kind === 'unread');
  // biome-ignore lint/correctness/useExhaustiveDependencies: when history has come, and never again
  useLayoutEffect(() => {
    if (unreadIndex.current >= 0) virtualizer.scrollToIndex(unreadIndex.current, { align: 'start' });
    else virtualizer.scrollToEnd();
  }, [virtualizer, ready]);

  const reached = useRef<Goal | null>(null);
  useLayoutEffect(() => {
    if (!goal || reached.current === goal) return;
    reached.current = goal;
    if (goal.seq === 'end') return virtualizer.scrollToEnd();
    const index = items.findIndex((item) => item.kind === 'message' && item.seq === goal.seq);
    if (index >= 0) virtualizer.scrollToIndex(index, { align: 'center' });
  }, [goal, items, virtualizer]);

  const first = rows[0]?.index ?? near;
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (first >= near) return;
    // In the next frame: a list that opens is drawn at its top before it is at its end.
    const frame = requestAnimationFrame(() => {
      if ((virtualizer.range?.startIndex ?? 0) < near) onNearTop();
    });
    return () => cancelAnimationFrame(frame);
  }, [first, onNearTop, virtualizer]);
  useEffect(() => {
    if (last > items.length - near) onNearEnd();
  }, [last, items.length, onNearEnd]);

  const keys = useListKeys({ scroller, items, selected, onSelect, onWrite, virtualizer });
  const tabStop = selected ?? items.findLast(({ kind }) => kind === 'message')?.key;

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
        onKeyDown={keys}
        className="scroll-thin flex h-full flex-col overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        <div className="relative mt-auto w-full shrink-0" style={{ height: virtualizer.getTotalSize() }}>
          <div className="absolute inset-x-0 top-0 flex flex-col justify-end" style={{ height: topHeight }}>
            {top}
          </div>
          {rows.map(({ key, index, start }) => {
            const item = items[index];
            return (
              <div
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                className="absolute top-0 left-0 w-full"
                style={{ transform: `translateY(${start}px)` }}
              >
                {item?.kind === 'day' && <DaySeparator date={item.date} now={now} />}
                {item?.kind === 'unread' && <UnreadSeparator />}
                {item?.kind === 'message' && (
                  <MessageRow
                    item={item}
                    conversationId={conversationId}
                    group={group}
                    isTabStop={item.key === tabStop}
                    flash={goal !== null && goal.number !== flashed && item.seq === goal.seq ? goal.number : null}
                    onFlashed={setFlashed}
                    onSelect={onSelect}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
      <JumpToEnd
        items={items}
        lastInView={lastInView(virtualizer.range?.endIndex, items)}
        head={head}
        toEnd={toEnd}
        atEnd={atEnd}
        onJump={onShowEnd}
      />
    </div>
  );
}

/** The number of the last message in sight; 0 when there is none. */
function lastInView(endIndex: number | undefined, items: TimelineItem[]): number {
  for (let index = endIndex ?? -1; index >= 0; index -= 1) {
    const item = items[index];
    if (item?.kind === 'message' && item.seq !== null) return item.seq;
  }
  return 0;
}
