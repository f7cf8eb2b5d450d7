import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { describeError } from '@/api';
import { isSearchable, searchUsersQuery } from '@/features/users';
import { Alert } from '@/ui/Alert';
import { Dialog } from '@/ui/Dialog';
import { SearchField } from '@/ui/SearchField';
import { useDebounced } from '@/ui/useDebounced';
import { allConversations } from '../cache';
import { conversationsQuery } from '../queries';
import { type Destination, destinations } from '../switching';
import { useChatWith } from '../useChatWith';
import { SwitcherOption } from './SwitcherOption';

/** Goes to a conversation, or to somebody, by a few letters of the name. */
export function Switcher({ me, onClose }: { me: string; onClose: () => void }) {
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [picked, setPicked] = useState(0);
  const { data } = useInfiniteQuery(conversationsQuery);
  const { data: people } = useQuery(searchUsersQuery(useDebounced(text, 200)));
  const found = destinations(text, allConversations(data), isSearchable(text) ? (people ?? []) : [], me);
  const at = Math.min(picked, found.length - 1);
  const navigate = useNavigate();
  const { chatWith, error } = useChatWith();

  const go = (destination: Destination | undefined) => {
    if (!destination) return;
    if (destination.kind === 'person') return chatWith(destination.id, onClose);
    onClose();
    navigate(`/c/${destination.id}`);
  };
  const steer = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Enter: at }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (event.key === 'Enter') go(found[at]);
    else setPicked((next + found.length) % Math.max(found.length, 1));
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: follows what is picked
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at, text]);

  const optionId = (destination: Destination | undefined) => destination && `${listId}-${destination.id}`;
  return (
    <Dialog onClose={onClose} title="Go to" field={field}>
      <SearchField
        ref={field}
        label="Go to a chat or a person"
        className="mx-5"
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={optionId(found[at])}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setPicked(0);
        }}
        onKeyDown={steer}
      />
      <div className="scroll-thin mt-2 min-h-0 flex-1 overflow-y-auto px-3 pb-3">
        {error && (
          <div className="mx-2 mb-2">
            <Alert>{describeError(error)}</Alert>
          </div>
        )}
        <div ref={list} id={listId} role="listbox" aria-label="Chats and people">
          {found.map((destination, index) => (
            <SwitcherOption
              key={destination.id}
              id={optionId(destination) ?? ''}
              destination={destination}
              me={me}
              picked={index === at}
              onPick={() => go(destination)}
            />
          ))}
        </div>
        <p role="status" className="px-2 pt-3 text-soft">
          {found.length === 0 && (isSearchable(text) ? 'Nobody is called like that.' : 'No chat is called like that.')}
        </p>
      </div>
      <footer aria-hidden className="hidden gap-4 border-t border-line px-5 py-2.5 text-sm text-soft sm:flex">
        <span>↑ ↓ choose</span>
        <span>Enter open</span>
        <span>Esc close</span>
      </footer>
    </Dialog>
  );
}
