import { type RefObject, useEffect, useRef } from 'react';
import { Viewing } from './viewing';

/** Tells of the highest `data-seq` within `scroller` that somebody has looked at. */
export function useViewing(scroller: RefObject<HTMLElement | null>, onSeen: (seq: number) => void): void {
  const told = useRef(onSeen);
  const viewing = useRef<Viewing | null>(null);
  useEffect(() => {
    told.current = onSeen;
  }, [onSeen]);
  useEffect(() => {
    if (!scroller.current) return;
    const here = new Viewing(scroller.current, (seq) => told.current(seq));
    viewing.current = here;
    return () => here.stop();
  }, [scroller]);
  // After every drawing: rows come and go while scrolling.
  useEffect(() => viewing.current?.show(scroller.current?.querySelectorAll<HTMLElement>('[data-seq]') ?? []));
}
