import { useEffect, useState } from 'react';
import { Switcher } from '@/features/conversations';
import { onDemand } from '@/ui/onDemand';

const ShortcutsDialog = onDemand(
  () => import('./ShortcutsDialog'),
  ({ ShortcutsDialog }) => ShortcutsDialog,
);

/** What is reached from everywhere by the keyboard. */
export function Shortcuts({ me }: { me: string }) {
  const [open, setOpen] = useState<'switcher' | 'help' | null>(null);
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const wanted = shortcutOf(event);
      // Another dialog or a menu asks something: it is answered first.
      if (!wanted || (document.querySelector('[role=dialog], [role=alertdialog], [role=menu]') && open === null))
        return;
      event.preventDefault();
      setOpen((current) => (current === wanted ? null : wanted));
    };
    document.addEventListener('keydown', hear);
    return () => document.removeEventListener('keydown', hear);
  }, [open]);
  const close = () => setOpen(null);
  return (
    <>
      {open === 'switcher' && <Switcher me={me} onClose={close} />}
      {open === 'help' && <ShortcutsDialog onClose={close} />}
    </>
  );
}

function shortcutOf(event: KeyboardEvent): 'switcher' | 'help' | null {
  const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  if (command && event.key.toLowerCase() === 'k') return 'switcher';
  if (command && event.key === '/') return 'help';
  const writing = event.target instanceof HTMLElement && event.target.matches('input, textarea');
  return event.key === '?' && !writing ? 'help' : null;
}
