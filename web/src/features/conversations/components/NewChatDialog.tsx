import { X } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { describeError, type User } from '@/api';
import { UserSearch } from '@/features/users';
import { Alert } from '@/ui/Alert';
import { Avatar } from '@/ui/Avatar';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Field } from '@/ui/Field';
import { useCreateConversation } from '../useCreateConversation';

type Props = { onClose: () => void };

/** Starts a conversation: one person makes it direct, several and a name make it a group. */
export function NewChatDialog({ onClose }: Props) {
  return (
    <Dialog onClose={onClose} title="New chat">
      <NewChatForm onCreated={onClose} />
    </Dialog>
  );
}

function NewChatForm({ onCreated }: { onCreated: () => void }) {
  const [picked, setPicked] = useState<User[]>([]);
  const [title, setTitle] = useState('');
  const [titleMissing, setTitleMissing] = useState(false);
  const create = useCreateConversation();
  const navigate = useNavigate();
  const isGroup = picked.length > 1;

  const toggle = (user: User) =>
    setPicked((current) =>
      current.some(({ id }) => id === user.id) ? current.filter(({ id }) => id !== user.id) : [...current, user],
    );

  const submit = () => {
    if (isGroup && title.trim() === '') return setTitleMissing(true);
    const participantIds = picked.map(({ id }) => id);
    create.mutate(
      isGroup ? { type: 'group', title: title.trim(), participantIds } : { type: 'direct', participantIds },
      {
        onSuccess: ({ id }) => {
          onCreated();
          navigate(`/c/${id}`);
        },
      },
    );
  };

  return (
    <form
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {picked.length > 0 && <PickedPeople people={picked} onRemove={toggle} />}
      <UserSearch picked={picked} onPick={toggle} />
      {picked.length > 0 && (
        <footer className="animate-rise border-t border-line px-5 pt-3 pb-4">
          {isGroup && (
            <Field
              label="Group name"
              maxLength={100}
              value={title}
              error={titleMissing ? 'A group needs a name' : undefined}
              onBlur={() => setTitleMissing(title.trim() === '')}
              onChange={(event) => {
                setTitle(event.target.value);
                setTitleMissing(false);
              }}
            />
          )}
          {create.isError && (
            <div className="mb-3">
              <Alert>{describeError(create.error)}</Alert>
            </div>
          )}
          <Button type="submit" busy={create.isPending} className="w-full">
            {isGroup ? `Create group of ${picked.length + 1}` : `Chat with ${picked[0]?.displayName}`}
          </Button>
        </footer>
      )}
    </form>
  );
}

function PickedPeople({ people, onRemove }: { people: User[]; onRemove: (user: User) => void }) {
  return (
    <ul aria-label="Picked people" className="scroll-thin mx-5 mb-3 flex max-h-24 flex-wrap gap-1.5 overflow-y-auto">
      {people.map((user) => (
        <li key={user.id}>
          <button
            type="button"
            aria-label={`Remove ${user.displayName}`}
            onClick={() => onRemove(user)}
            className="inline-flex min-h-9 animate-appear items-center gap-1.5 rounded-full bg-selected py-0.5 pr-2.5 pl-0.5 text-sm transition-colors hover:bg-hover"
          >
            <Avatar size="sm" name={user.displayName} id={user.id} />
            <span dir="auto" className="max-w-36 truncate">
              {user.displayName}
            </span>
            <X aria-hidden className="size-3.5 text-soft" />
          </button>
        </li>
      ))}
    </ul>
  );
}
