import { Avatar } from '@/ui/Avatar';
import { classes } from '@/ui/classes';
import { conversationName, otherPerson } from '../names';
import type { Destination } from '../switching';
import { ConversationAvatar } from './ConversationAvatar';

type Props = { id: string; destination: Destination; me: string; picked: boolean; onPick: () => void };

/** Somewhere to go. The keyboard stays in the field above: it says which one is picked. */
export function SwitcherOption({ id, destination, me, picked, onPick }: Props) {
  const { name, note } = describe(destination, me);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the field that owns this list
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={picked}
      onClick={onPick}
      onPointerDown={(event) => event.preventDefault()}
      className={classes(
        'flex min-h-14 cursor-pointer items-center gap-3 rounded-xl px-2',
        picked ? 'bg-selected' : 'hover:bg-hover',
      )}
    >
      {destination.kind === 'conversation' ? (
        <ConversationAvatar conversation={destination.conversation} me={me} />
      ) : (
        <Avatar name={destination.person.displayName} id={destination.id} />
      )}
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate text-left font-medium">
          {name}
        </span>
        <span className="block truncate text-sm text-soft">{note}</span>
      </span>
    </div>
  );
}

function describe(destination: Destination, me: string): { name: string; note: string } {
  if (destination.kind === 'person') {
    return { name: destination.person.displayName, note: `@${destination.person.username} · start a chat` };
  }
  const { conversation } = destination;
  const other = otherPerson(conversation, me);
  const note = other ? `@${other.username}` : `${conversation.participantCount.toLocaleString()} members`;
  return { name: conversationName(conversation, me), note };
}
