import { Trash2 } from 'lucide-react';
import { Avatar } from '@/ui/Avatar';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { otherPerson } from '../names';
import type { ConversationPanel } from '../panels';
import { rightsOf, roleOf } from '../rules';
import type { PanelProps } from './ConversationPanels';

type Props = PanelProps & { onOpen: (panel: ConversationPanel) => void };

/** Who the other person of a direct conversation is. */
export function PersonDialog({ conversation, me, onOpen, onClose }: Props) {
  const person = otherPerson(conversation, me);
  if (!person) return null;
  const mayDelete = rightsOf(conversation.type, roleOf(conversation, me)).delete;
  return (
    <Dialog onClose={onClose} title="Profile" size="small">
      <div className="flex flex-col items-center px-5 pt-2 pb-5 text-center">
        <Avatar size="lg" name={person.displayName} id={person.id} />
        <p dir="auto" className="mt-3 max-w-full text-lg font-semibold [overflow-wrap:anywhere]">
          {person.displayName}
        </p>
        <p className="max-w-full truncate text-soft">@{person.username}</p>
        {mayDelete && (
          <Button look="dangerQuiet" className="mt-6 w-full" onClick={() => onOpen('delete')}>
            <Trash2 aria-hidden className="size-4.5" />
            Delete chat
          </Button>
        )}
      </div>
    </Dialog>
  );
}
