import { useReadCount } from '../useReaders';

type Props = {
  conversationId: string;
  messageId: string | null;
  /** How many have read it, as history says. */
  known: number;
  /** Somebody wants to know who. */
  onOpen: (button: HTMLElement) => void;
};

/** How many have read one's message. It keeps its place while nobody has, so that nothing moves when somebody does. */
export function ReadBy({ conversationId, messageId, known, onOpen }: Props) {
  const count = useReadCount(conversationId, messageId, known);
  return (
    <span className="flex h-5 items-end px-1">
      {count > 0 && (
        <button
          type="button"
          aria-haspopup="dialog"
          // The keyboard has the menu of the row.
          tabIndex={-1}
          onClick={(event) => onOpen(event.currentTarget)}
          className="relative rounded px-1 text-xs text-soft tabular-nums after:absolute after:-inset-x-2 after:-inset-y-3 hover:text-ink hover:underline"
        >
          Read by {count.toLocaleString()}
        </button>
      )}
    </span>
  );
}
