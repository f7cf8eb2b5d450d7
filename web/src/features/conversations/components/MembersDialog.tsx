import { LogOut, UserPlus } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { describeError } from '@/api';
import { fuzzyFilter } from '@/lib/fuzzy';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { SearchField } from '@/ui/SearchField';
import type { ConversationPanel } from '../panels';
import { inOrder, rightsOf, roleOf } from '../rules';
import { useMembers } from '../useMembers';
import type { PanelProps } from './ConversationPanels';
import { MemberList } from './MemberList';
import { PeopleSkeleton } from './PeopleSkeleton';

/** From here on looking for somebody is quicker than reading. */
const manyPeople = 12;

type Props = PanelProps & { onOpen: (panel: ConversationPanel) => void };

/** Everybody in a group, and what can be done with each. */
export function MembersDialog({ conversation: { id, type, participantCount }, me, onOpen, onClose }: Props) {
  const { data, error, refetch } = useMembers(id);
  const [text, setText] = useState('');
  const sought = useDeferredValue(text);
  const rights = rightsOf(type, data && roleOf(data, me));
  const found = fuzzyFilter(
    sought,
    inOrder(data?.participants ?? [], me),
    ({ user }) => `${user.displayName} ${user.username}`,
  );
  return (
    <Dialog onClose={onClose} title={`Members · ${(data?.participantCount ?? participantCount).toLocaleString()}`}>
      {participantCount > manyPeople && (
        <SearchField
          label="Find a member"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="mx-5 mb-2"
        />
      )}
      {data ? (
        found.length > 0 ? (
          <MemberList id={id} members={found} everybody={data.participants} me={me} />
        ) : (
          <p role="status" className="flex-1 px-5 pt-3 text-soft">
            Nobody here is called like that.
          </p>
        )
      ) : error ? (
        <div className="flex-1 space-y-3 px-5">
          <Alert>{describeError(error)}</Alert>
          <Button look="quiet" onClick={() => refetch()}>
            Try again
          </Button>
        </div>
      ) : (
        <div className="flex-1 overflow-hidden px-3">
          <PeopleSkeleton label="Loading members" />
        </div>
      )}
      <footer className="flex gap-2 border-t border-line px-5 py-3">
        {rights.addPeople && (
          <Button className="flex-1" onClick={() => onOpen('add')}>
            <UserPlus aria-hidden className="size-4.5" />
            Add people
          </Button>
        )}
        <Button look="dangerQuiet" className="flex-1" onClick={() => onOpen('leave')}>
          <LogOut aria-hidden className="size-4.5" />
          Leave group
        </Button>
      </footer>
    </Dialog>
  );
}
