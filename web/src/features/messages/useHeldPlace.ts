import type { VirtualItem, Virtualizer } from '@tanstack/react-virtual';
import { useState } from 'react';

/**
 * Rows are measured when they are first drawn, and those above what is read must not push it. Whoever sees the top of
 * the list has rows put into the room that was kept free there, too: within `room` below the edge.
 */
export function useHeldPlace(virtualizer: Virtualizer<HTMLDivElement, Element>, room: number): void {
  const [measured] = useState(() => new Set<VirtualItem['key']>());
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (
    { key, start, end },
    _,
    { scrollOffset, scrollDirection },
  ) => {
    const edge = scrollOffset ?? 0;
    const again = measured.has(key);
    measured.add(key);
    // One that grows or shrinks later does so below its beginning, which stays.
    return again ? end <= edge && scrollDirection !== 'backward' : start < edge + room;
  };
}
