import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { Field } from '@/ui/Field';
import { IconButton } from '@/ui/IconButton';

type Props = Omit<ComponentProps<typeof Field>, 'type' | 'label' | 'action'> & { label?: string };

export function PasswordField({ label = 'Password', ...props }: Props) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Field
      {...props}
      label={label}
      type={shown ? 'text' : 'password'}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      action={
        <IconButton label={`${shown ? 'Hide' : 'Show'} ${label.toLowerCase()}`} onClick={() => setShown(!shown)}>
          <Icon aria-hidden className="size-5" />
        </IconButton>
      }
    />
  );
}
