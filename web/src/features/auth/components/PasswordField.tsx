import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { Field } from '@/ui/Field';
import { IconButton } from '@/ui/IconButton';

type Props = Omit<ComponentProps<typeof Field>, 'type' | 'label' | 'action'>;

export function PasswordField(props: Props) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Field
      {...props}
      label="Password"
      type={shown ? 'text' : 'password'}
      autoCapitalize="none"
      spellCheck={false}
      action={
        <IconButton label={shown ? 'Hide password' : 'Show password'} onClick={() => setShown(!shown)}>
          <Icon aria-hidden className="size-5" />
        </IconButton>
      }
    />
  );
}
