import { PageTitle } from '@/features/notifications';
import { Logo } from '@/ui/Logo';

/** The right half while no conversation is open. */
export function NothingOpen() {
  return (
    <div className="flex h-full animate-appear flex-col items-center justify-center gap-4 p-8 text-center text-soft">
      <PageTitle />
      <Logo className="size-16 opacity-80" />
      <p className="max-w-64">Pick a conversation on the left, or start a new one.</p>
    </div>
  );
}
