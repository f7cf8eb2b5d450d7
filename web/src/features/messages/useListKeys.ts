import type { Virtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useEffect } from 'react';
import { useMessageActions } from './actions';
import type { TimelineItem } from './timeline';

type Options = {
  scroller: RefObject<HTMLDivElement | null>;
  items: TimelineItem[];
  selected: string | null;
  onSelect: (key: string | null) => void;
  onWrite: () => void;
  virtualizer: Pick<Virtualizer<HTMLDivElement, Element>, 'scrollToIndex'>;
};

/** Goes through the messages by keys, and does with the selected one what its menu does. */
export function useListKeys({ scroller, items, selected, onSelect, onWrite, virtualizer }: Options) {
  const actions = useMessageActions();

  // The focus goes where the selection goes, as soon as that is drawn.
  useEffect(() => {
    if (selected === null) return;
    const row = rowOf(scroller.current, selected);
    if (row && !row.contains(document.activeElement)) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: 'nearest' });
    }
  }, [scroller, selected]);

  const select = (from: number, step: 1 | -1) => {
    for (let index = from + step; index >= 0 && index < items.length; index += step) {
      const item = items[index];
      if (item?.kind !== 'message') continue;
      virtualizer.scrollToIndex(index, { align: 'auto' });
      onSelect(item.key);
      return true;
    }
    return false;
  };

  return (event: KeyboardEvent<HTMLDivElement>) => {
    if (!(event.target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.target.dataset.message;
    const index = key === undefined ? -1 : items.findIndex((item) => item.key === key);
    const item = items[index];
    if (item?.kind !== 'message') return;
    const isMenuKey = event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
    if (event.key === 'ArrowUp') select(index, -1);
    else if (event.key === 'ArrowDown') {
      if (!select(index, 1)) onWrite();
    } else if (event.key === 'Enter' || event.key === ' ' || isMenuKey) {
      const { left, bottom } = (event.target.querySelector('[data-bubble]') ?? event.target).getBoundingClientRect();
      actions.openMenu(item, event.target, { x: left, y: bottom });
    } else if (event.key === 'r') actions.reply(item);
    else if (event.key === 'c') actions.copy(item);
    else if (event.key === 'Delete' || event.key === 'Backspace') actions.askToDelete(item);
    else if (event.key === 'Escape') onWrite();
    else return;
    event.preventDefault();
  };
}

function rowOf(scroller: HTMLElement | null, key: string): HTMLElement | null {
  return scroller?.querySelector<HTMLElement>(`[data-message="${key}"]`) ?? null;
}
