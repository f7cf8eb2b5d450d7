import { useState } from 'react';
import { ApiError, describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { Avatar } from '@/ui/Avatar';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Field } from '@/ui/Field';
import { changesOf, type GroupLooks, pictureProblem, titleProblem } from '../groupForm';
import { useUpdateConversation } from '../mutations';
import type { PanelProps } from './ConversationPanels';

/** Changes a group's name and picture. */
export function EditGroupDialog({ conversation, onClose }: PanelProps) {
  const { id, title, avatarUrl } = conversation;
  // As it was when this was opened: what somebody else changes meanwhile takes nothing out of one's hands.
  const [before] = useState<GroupLooks>({ title: title ?? '', avatarUrl: avatarUrl ?? '' });
  const [looks, setLooks] = useState(before);
  const [left, setLeft] = useState({ title: false, avatarUrl: false });
  const update = useUpdateConversation(id);
  const details = update.error instanceof ApiError ? update.error.details : {};
  const problems = { title: titleProblem(looks.title), avatarUrl: pictureProblem(looks.avatarUrl) };
  const changes = changesOf(looks, before);

  const submit = () => {
    setLeft({ title: true, avatarUrl: true });
    if (problems.title || problems.avatarUrl) return;
    if (Object.keys(changes).length === 0) onClose();
    else update.mutate(changes, { onSuccess: onClose });
  };
  const field = (name: keyof GroupLooks) => ({
    value: looks[name],
    error: (left[name] && problems[name]) || details[name]?.join(' '),
    onBlur: () => setLeft((current) => ({ ...current, [name]: true })),
    onChange: (event: { target: { value: string } }) => {
      update.reset();
      setLooks((current) => ({ ...current, [name]: event.target.value }));
    },
  });

  return (
    <Dialog onClose={onClose} title="Name and picture" size="small">
      <form
        noValidate
        className="flex flex-col gap-1.5 px-5 pb-5"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="mb-3 flex justify-center">
          <Avatar size="lg" name={looks.title} id={id} group />
        </div>
        <Field label="Group name" dir="auto" autoComplete="off" {...field('title')} />
        <Field
          label="Picture address"
          type="url"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          placeholder="https://…"
          hint="For other apps. Trice asks no other site for anything, so here groups have a symbol."
          {...field('avatarUrl')}
        />
        {update.isError && Object.keys(details).length === 0 && (
          <Alert>{describeError(update.error, { FORBIDDEN: 'Only owners and admins may change this.' })}</Alert>
        )}
        <div className="mt-2 flex justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={update.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
