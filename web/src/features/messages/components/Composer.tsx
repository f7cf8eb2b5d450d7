import { SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, type RefObject, useLayoutEffect, useState } from 'react';
import { useTypingSignal } from '@/features/typing';
import { countCharacters } from '@/lib/text';
import { classes } from '@/ui/classes';
import { readDraft, writeDraft } from '../drafts';
import { useOutbox } from '../OutboxProvider';
import type { MessageItem } from '../timeline';
import { ReplyBar } from './ReplyBar';

type Props = {
  conversationId: string;
  name: string;
  me: string;
  input: RefObject<HTMLTextAreaElement | null>;
  replyTo: MessageItem | null;
  /** It was answered, or is not to be. */
  onReplyDone: () => void;
  /** Answers whether there is one. */
  onSelectLastOwn: () => boolean;
  onSent: () => void;
};

const longest = 4000;
/** From here on it is shown how much room is left. */
const warnBelow = 200;
/** A finger has no Shift+Enter, so Enter is a new line there. And it gets no keyboard it did not ask for. */
const touch = () => window.matchMedia('(pointer: coarse)').matches;

export function Composer(props: Props) {
  const { conversationId, name, me, input, replyTo, onReplyDone, onSelectLastOwn, onSent } = props;
  const outbox = useOutbox();
  const typing = useTypingSignal(conversationId);
  const [text, setText] = useState(() => readDraft(me, conversationId));
  const left = longest - countCharacters(text);
  const canSend = text.trim() !== '' && left >= 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    if (!input.current) return;
    input.current.style.height = 'auto';
    input.current.style.height = `${input.current.scrollHeight}px`;
  }, [text]);

  const write = (next: string) => {
    setText(next);
    writeDraft(me, conversationId, next);
    typing.wrote(next);
  };

  const send = () => {
    if (!canSend) return;
    outbox.add(conversationId, text, replyTo?.id);
    write('');
    onReplyDone();
    // Who sends wants to see it, wherever they were reading.
    onSent();
    input.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // A key that ends the composition of a character is not meant for us.
    if (event.nativeEvent.isComposing || event.shiftKey) return;
    if (event.key === 'Enter' && !touch()) send();
    else if (event.key === 'Escape' && replyTo) onReplyDone();
    else if (event.key !== 'ArrowUp' || text !== '' || !onSelectLastOwn()) return;
    event.preventDefault();
  };

  return (
    <form
      className="shrink-0 px-3 pt-0.5 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-6"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {replyTo && <ReplyBar to={replyTo} onCancel={onReplyDone} />}
      <div className="mx-auto flex max-w-4xl items-end gap-2">
        <div className="relative min-w-0 flex-1">
          <textarea
            ref={input}
            // biome-ignore lint/a11y/noAutofocus: opening a conversation is asking to write in it
            autoFocus={!touch()}
            rows={1}
            dir="auto"
            aria-label={`Message to ${name}`}
            placeholder="Message"
            value={text}
            onChange={(event) => write(event.target.value)}
            onKeyDown={onKeyDown}
            onBlur={() => typing.stop()}
            className="scroll-thin block max-h-[min(12rem,40dvh)] min-h-11 w-full resize-none overflow-y-auto rounded-3xl border border-line bg-surface px-4 py-[0.6rem] text-base leading-6 placeholder:text-soft focus-visible:border-accent focus-visible:outline-1 focus-visible:-outline-offset-2"
          />
          {left < warnBelow && (
            <p
              aria-live="polite"
              className={classes(
                'absolute -top-6 right-3 text-xs tabular-nums',
                left < 0 ? 'text-danger' : 'text-soft',
              )}
            >
              {left < 0 ? `${-left} characters too long` : `${left} characters left`}
            </p>
          )}
        </div>
        <button
          type="submit"
          aria-label="Send"
          aria-disabled={!canSend}
          // The keyboard of a phone stays open when the focus stays in the text.
          onPointerDown={(event) => event.preventDefault()}
          className={classes(
            'inline-flex size-11 shrink-0 items-center justify-center rounded-full transition-colors duration-150',
            canSend ? 'bg-accent text-on-accent hover:bg-accent-hover' : 'bg-line text-soft',
          )}
        >
          <SendHorizontal aria-hidden className="size-5" />
        </button>
      </div>
    </form>
  );
}
