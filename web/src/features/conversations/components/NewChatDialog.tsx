import { useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { describeError, type User } from '@/api';
import { UserSearch } from '@/features/users';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Field } from '@/ui/Field';
import { titleProblem } from '../groupForm';
import { useCreateConversation } from '../mutations';
import { PickedPeople } from './PickedPeople';

/** How many people a group begins with, besides who makes it. More are added later. */
const mostAtOnce = 100;

type Props = {
  /** Who is looked for at first. */
  search?: string;
  onClose: () => void;
};

/** Starts a conversation: one person makes it direct, several and a name make it a group. */
export function NewChatDialog({ search, onClose }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [picked, setPicked] = useState<User[]>([]);
  const [title, setTitle] = useState('');
  const [left, setLeft] = useState(false);
  const create = useCreateConversation();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const isGroup = picked.length > 1;
  const tooMany = picked.length > mostAtOnce;
  const problem = titleProblem(title);

  const toggle = (user: User) => {
    create.reset();
    setPicked((current) =>
      current.some(({ id }) => id === user.id) ? current.filter(({ id }) => id !== user.id) : [...current, user],
    );
  };
  const submit = () => {
    if (picked.length === 0 || tooMany) return;
    if (isGroup && problem) return setLeft(true);
    const participantIds = picked.map(({ id }) => id);
    create.mutate(
      isGroup ? { type: 'group', title: title.trim(), participantIds } : { type: 'direct', participantIds },
      // In place of this dialog, which is not to be found when going back.
      { onSuccess: ({ id }) => navigate(`/c/${id}`, { replace: true, state: { from: pathname } }) },
    );
  };

  return (
    <Dialog onClose={onClose} title="New chat" field={field}>
      <form
        className="scroll-thin flex min-h-0 flex-1 flex-col overflow-y-auto"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <PickedPeople people={picked} onRemove={toggle} />
        <UserSearch field={field} search={search} picked={picked} onPick={toggle} />
        {picked.length > 0 && (
          <footer className="animate-rise border-t border-line px-5 pt-3 pb-4">
            {isGroup && (
              <Field
                label="Group name"
                dir="auto"
                autoComplete="off"
                value={title}
                error={left ? problem : undefined}
                onBlur={() => setLeft(title !== '')}
                onChange={(event) => {
                  setTitle(event.target.value);
                  setLeft(false);
                }}
              />
            )}
            {tooMany && (
              <div className="mb-3">
                <Alert>A group begins with at most {mostAtOnce} others. Add more when it is there.</Alert>
              </div>
            )}
            {create.isError && (
              <div className="mb-3">
                <Alert>{describeError(create.error, refusals)}</Alert>
              </div>
            )}
            <Button type="submit" busy={create.isPending} blocked={tooMany} className="w-full">
              {isGroup ? `Create group of ${picked.length + 1}` : `Chat with ${picked[0]?.displayName}`}
            </Button>
          </footer>
        )}
      </form>
    </Dialog>
  );
}

const refusals = {
  VALIDATION_ERROR: 'One of these people is not here any more. Take them out and try again.',
};
