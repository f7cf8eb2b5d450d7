import { AlertDialog as Base } from '@base-ui/react/alert-dialog';
import type { ComponentProps, FormEvent, ReactNode } from 'react';
import { Button } from './Button';

type Props = {
  title: string;
  /** What will happen. */
  description: ReactNode;
  /** More to say or to enter, like a password. */
  children?: ReactNode;
  /** The deed, in the words of its button. */
  action: string;
  busy?: boolean;
  blocked?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  /** Where the focus goes when the dialog closes, unless to where it came from. */
  finalFocus?: ComponentProps<typeof Base.Popup>['finalFocus'];
};

/** Asks before something that cannot be taken back. Open while it is rendered. */
export function ConfirmDialog({
  title,
  description,
  children,
  action,
  busy = false,
  blocked = false,
  onConfirm,
  onClose,
  finalFocus,
}: Props) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onConfirm();
  };
  return (
    <Base.Root open onOpenChange={(open) => open || onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 animate-appear bg-[oklch(0.15_0.02_268/0.5)]" />
        <Base.Popup
          finalFocus={finalFocus}
          className="scroll-thin fixed top-1/2 left-1/2 max-h-[calc(100dvh-2rem)] w-[min(26rem,calc(100vw-2rem))] -translate-1/2 animate-appear overflow-y-auto rounded-2xl bg-raised p-5 shadow-float"
        >
          <Base.Title className="text-lg font-semibold [overflow-wrap:anywhere]">{title}</Base.Title>
          <Base.Description className="mt-1 text-soft [overflow-wrap:anywhere]">{description}</Base.Description>
          <form onSubmit={submit} noValidate className="mt-4 flex flex-col gap-4">
            {children}
            <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
              <Base.Close render={<Button look="quiet">Cancel</Button>} />
              <Button type="submit" look="danger" busy={busy} blocked={blocked}>
                {action}
              </Button>
            </div>
          </form>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
