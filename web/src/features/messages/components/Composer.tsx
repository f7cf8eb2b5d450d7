import { SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { countCharacters } from '@/lib/text';
import { classes } from '@/ui/classes';
import { readDraft, writeDraft } from '../drafts';
import { useOutbox } from '../OutboxProvider';

type Props = { conversationId: string; name: string; me: string };

const longest = 4000;
/** From here on it is shown how much room is left. */
const warnBelow = 200;
/** A finger has no Shift+Enter, so Enter is a new line there. And it gets no keyboard it did not ask for. */
const touch = () => window.matchMedia('(pointer: coarse)').matches;

export function Composer({ conversationId, name, me }: Props) {
  const outbox = useOutbox();
  const [text, setText] = useState(() => readDraft(me, conversationId));
  const input = useRef<HTMLTextAreaElement>(null);
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
  };

  const send = () => {
    if (!canSend) return;
    outbox.add(conversationId, text);
    write('');
    input.current?.focus();
  };

  const sendOnEnter = (event: KeyboardEvent) => {
    // Enter that ends the composition of a character is not meant for us.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || touch()) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="shrink-0 px-3 pt-2 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-6"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
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
            onKeyDown={sendOnEnter}
            className="scroll-thin block max-h-48 min-h-11 w-full resize-none overflow-y-auto rounded-3xl border border-line bg-surface px-4 py-[0.6rem] text-base leading-6 placeholder:text-soft focus-visible:border-accent focus-visible:outline-1 focus-visible:-outline-offset-2"
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
