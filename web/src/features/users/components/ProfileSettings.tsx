import { zodResolver } from '@hookform/resolvers/zod';
import { useEffect, useState } from 'react';
import { type UseFormReturn, useForm, useWatch } from 'react-hook-form';
import { ApiError, describeError, type Profile } from '@/api';
import { Alert } from '@/ui/Alert';
import { Avatar } from '@/ui/Avatar';
import { Button } from '@/ui/Button';
import { Field } from '@/ui/Field';
import { Notice } from '@/ui/Notice';
import { Panel } from '@/ui/Panel';
import { changesOf, type ProfileInput, profileForm } from '../profileForm';
import { useUpdateProfile } from '../useProfile';

const fields = ['displayName', 'avatarUrl'] as const;

export function ProfileSettings({ me }: { me: Profile }) {
  const update = useUpdateProfile();
  const [saved, setSaved] = useState(false);
  const before: ProfileInput = { displayName: me.displayName, avatarUrl: me.avatarUrl ?? '' };
  const form = useForm<ProfileInput>({
    mode: 'onTouched',
    resolver: zodResolver(profileForm),
    defaultValues: before,
  });
  const { errors, isDirty } = form.formState;
  const name = useWatch({ control: form.control, name: 'displayName' });

  useFollow(form, 'displayName', before.displayName);
  useFollow(form, 'avatarUrl', before.avatarUrl);

  const submit = form.handleSubmit(async (input) => {
    const changes = changesOf(input, before);
    await update.mutateAsync(changes).then(
      ({ displayName, avatarUrl }) => {
        form.reset({ displayName, avatarUrl: avatarUrl ?? '' });
        setSaved(true);
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) return;
        const wrong = fields.filter((field) => error.details[field]);
        for (const [index, field] of wrong.entries()) {
          form.setError(field, { message: error.details[field]?.join(' ') }, { shouldFocus: index === 0 });
        }
        if (wrong.length > 0) update.reset();
      },
    );
  });

  return (
    <>
      <Panel>
        <form onSubmit={submit} onChange={() => setSaved(false)} noValidate className="flex flex-col gap-1.5">
          <div className="mb-4 flex items-center gap-4">
            <Avatar size="lg" name={name.trim() || me.displayName} id={me.id} />
            <div className="min-w-0">
              <p dir="auto" className="truncate text-lg font-semibold">
                {name.trim() || me.displayName}
              </p>
              <p className="truncate text-soft">@{me.username}</p>
            </div>
          </div>
          <Field
            label="Name"
            autoComplete="name"
            dir="auto"
            hint="What others see in their chats"
            error={errors.displayName?.message}
            {...form.register('displayName')}
          />
          <Field
            label="Picture address"
            type="url"
            inputMode="url"
            autoComplete="photo"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="https://…"
            hint="For other apps. Trice asks no other site for anything, so here everybody is shown by their initials."
            error={errors.avatarUrl?.message}
            {...form.register('avatarUrl')}
          />
          {update.isError && <Alert>{describeError(update.error)}</Alert>}
          <div className="mt-2 flex flex-wrap items-center gap-3">
            <Button type="submit" busy={update.isPending} blocked={!isDirty}>
              Save
            </Button>
            <div role="status">{saved && <Notice look="good">Saved</Notice>}</div>
          </div>
        </form>
      </Panel>
      <Panel title="How others find you" description="These two stay as they are.">
        <dl className="space-y-3">
          <Fact term="Username" value={`@${me.username}`} />
          <Fact term="E-mail" value={me.email} />
        </dl>
      </Panel>
    </>
  );
}

/** Shows what was changed on another device, but never takes away what is being typed here. */
function useFollow(form: UseFormReturn<ProfileInput>, field: keyof ProfileInput, value: string) {
  const { resetField } = form;
  const isDirty = form.getFieldState(field, form.formState).isDirty;
  useEffect(() => {
    if (!isDirty) resetField(field, { defaultValue: value });
  }, [resetField, field, value, isDirty]);
}

function Fact({ term, value }: { term: string; value: string }) {
  return (
    <div>
      <dt className="text-sm text-soft">{term}</dt>
      <dd className="font-medium [overflow-wrap:anywhere]">{value}</dd>
    </div>
  );
}
