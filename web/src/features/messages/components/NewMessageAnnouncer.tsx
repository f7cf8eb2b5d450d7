import { useRef } from 'react';
import type { TimelineItem } from '../timeline';

/** Tells screen readers what others say while the conversation is open; not what was there before. */
export function NewMessageAnnouncer({ items }: { items: TimelineItem[] }) {
  const newest = items.findLast((item) => item.kind === 'message' && !item.own);
  const opened = useRef(newest?.key);
  const isNew = newest?.kind === 'message' && newest.key !== opened.current;
  return (
    <p aria-live="polite" className="sr-only">
      {isNew ? `${newest.sender?.displayName}: ${newest.content}` : ''}
    </p>
  );
}
