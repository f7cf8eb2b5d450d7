import { Check, Circle } from 'lucide-react';
import { classes } from '@/ui/classes';
import { passwordRules } from '../passwordRules';

/** The rules of a good password, ticked off while typing. */
export function PasswordRules({ password }: { password: string }) {
  return (
    <ul aria-label="Password rules" className="grid gap-x-3 min-[22.5rem]:grid-cols-2 gap-y-1 pb-1 text-[0.8125rem]">
      {passwordRules.map(({ text, isMet }) => {
        const met = isMet(password);
        const Icon = met ? Check : Circle;
        return (
          <li
            key={text}
            className={classes('flex items-center gap-1.5 transition-colors', met ? 'text-good' : 'text-soft')}
          >
            <Icon aria-hidden className={met ? 'size-3.5' : 'mx-[3px] size-2'} strokeWidth={met ? 3 : 2} />
            {text}
            <span className="sr-only">{met ? '(met)' : '(not met yet)'}</span>
          </li>
        );
      })}
    </ul>
  );
}
