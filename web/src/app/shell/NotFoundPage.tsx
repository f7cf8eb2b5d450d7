import { Compass } from 'lucide-react';
import { Link } from 'react-router';
import { EmptyState } from '@/ui/EmptyState';

/** For addresses that lead nowhere. */
export function NotFoundPage() {
  return (
    <main className="flex h-dvh w-full items-center justify-center">
      <title>Not found · Trice</title>
      <h1 className="sr-only">Trice</h1>
      <EmptyState
        icon={Compass}
        title="There is nothing here"
        action={
          <Link
            to="/"
            replace
            className="inline-flex min-h-11 items-center font-medium text-accent-ink underline underline-offset-2"
          >
            To your chats
          </Link>
        }
      >
        The address may be mistyped, or from another version of Trice.
      </EmptyState>
    </main>
  );
}
