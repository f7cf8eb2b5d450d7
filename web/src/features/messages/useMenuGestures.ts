import { type MouseEvent, type PointerEvent, useCallback, useEffect, useRef } from 'react';
import { useMessageActions } from './actions';
import type { MessageItem } from './timeline';

const longPress = 500;
/** A finger that moves further scrolls. */
const stillness = 10;

/** Opens the menu of a message by the right button, or a finger that rests: not every phone makes one of the other. */
export function useMenuGestures(item: MessageItem) {
  const { openMenu } = useMessageActions();
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const end = useCallback(() => {
    clearTimeout(press.current?.timer);
    press.current = null;
  }, []);
  useEffect(() => end, [end]);

  return {
    onContextMenu: (event: MouseEvent<HTMLElement>) => {
      // Links, and text that was marked, have a menu of the browser's.
      if (event.target instanceof Element && event.target.closest('a')) return;
      if (window.getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      end();
      openMenu(item, event.currentTarget, { x: event.clientX, y: event.clientY });
    },
    onPointerDown: ({ pointerType, currentTarget: row, clientX: x, clientY: y }: PointerEvent<HTMLElement>) => {
      end();
      if (pointerType !== 'touch') return;
      press.current = { timer: setTimeout(() => openMenu(item, row, { x, y }), longPress), x, y };
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent) => {
      if (press.current && Math.hypot(clientX - press.current.x, clientY - press.current.y) > stillness) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}
