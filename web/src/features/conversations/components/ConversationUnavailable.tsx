import { MessageCircleOff } from 'lucide-react';
import { Link } from 'react-router';
import { ApiError, describeError } from '@/api';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import type { Unavailable } from '../useConversation';

/** Says calmly why there is no conversation here, and leads on. */
export function ConversationUnavailable({ why, onRetry }: { why: Unavailable; onRetry: () => void }) {
  const { title, text, final } = explain(why);
  return (
    <div className="flex flex-1 items-center justify-center" role="status">
      <EmptyState
        icon={MessageCircleOff}
        title={title}
        action={
          final ? (
            <Link
              to="/"
              replace
              className="inline-flex min-h-11 items-center font-medium text-accent-ink underline underline-offset-2"
            >
              Back to your chats
            </Link>
          ) : (
            <Button onClick={onRetry}>Try again</Button>
          )
        }
      >
        {text}
      </EmptyState>
    </div>
  );
}

function explain(why: Unavailable): { title: string; text: string; final: boolean } {
  if ('ending' in why) {
    return why.ending === 'deleted'
      ? { title: 'This conversation was deleted', text: 'It is gone for everybody who was in it.', final: true }
      : {
          title: 'You are no longer in this group',
          text: 'You left it or were removed. Its owners and admins can add you again.',
          final: true,
        };
  }
  const { error } = why;
  if (error instanceof ApiError && !error.retryable) {
    const unknown = error.code === 'NOT_FOUND' || error.code === 'VALIDATION_ERROR';
    const text = unknown ? 'It does not exist, or not any more.' : describeError(error);
    return { title: 'This conversation is not available', text, final: true };
  }
  return { title: 'This conversation could not be loaded', text: describeError(error), final: false };
}
