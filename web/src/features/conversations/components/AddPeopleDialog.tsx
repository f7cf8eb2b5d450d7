import { useRef, useState } from 'react';
import { describeError, type User } from '@/api';
import { UserSearch } from '@/features/users';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { useAddPeople } from '../mutations';
import { mostInAGroup } from '../rules';
import { useMembers } from '../useMembers';
import type { PanelProps } from './ConversationPanels';
import { PickedPeople } from './PickedPeople';

/** Finds people and takes them into the group. */
export function AddPeopleDialog({ conversation: { id, title, participantCount }, onClose }: PanelProps) {
  const { data } = useMembers(id);
  const field = useRef<HTMLInputElement>(null);
  const [picked, setPicked] = useState<User[]>([]);
  const add = useAddPeople(id);
  const members = new Set(data?.participants.map(({ user }) => user.id));
  const left = mostInAGroup - participantCount;

  const toggle = (user: User) => {
    add.reset();
    setPicked((current) =>
      current.some(({ id }) => id === user.id) ? current.filter(({ id }) => id !== user.id) : [...current, user],
    );
  };
  const tooMany = picked.length > left;
  return (
    <Dialog onClose={onClose} title={`Add people to ${title}`} field={field}>
      <form
        className="scroll-thin flex min-h-0 flex-1 flex-col overflow-y-auto"
        onSubmit={(event) => {
          event.preventDefault();
          if (picked.length > 0 && !tooMany)
            add.mutate(
              picked.map(({ id }) => id),
              { onSuccess: onClose },
            );
        }}
      >
        <PickedPeople people={picked} onRemove={toggle} />
        <UserSearch field={field} picked={picked} onPick={toggle} unavailable={members} whyUnavailable="In the group" />
        {picked.length > 0 && (
          <footer className="animate-rise space-y-3 border-t border-line px-5 pt-3 pb-4">
            {tooMany && <Alert>A group has at most 2,000 people: there is room for {Math.max(left, 0)} more.</Alert>}
            {add.isError && <Alert>{describeError(add.error, refusals)}</Alert>}
            {!tooMany && !add.isError && (
              <p className="text-sm text-soft">Whoever joins sees everything that was written before.</p>
            )}
            <Button type="submit" busy={add.isPending} blocked={tooMany} className="w-full">
              {picked.length === 1 ? `Add ${picked[0]?.displayName}` : `Add ${picked.length} people`}
            </Button>
          </footer>
        )}
      </form>
    </Dialog>
  );
}

const refusals = {
  VALIDATION_ERROR: 'Some of these people cannot be added: they deleted their account, or the group is full.',
  FORBIDDEN: 'You may not add people any more: your role in this group has changed.',
};
