import { useEffect, useState } from 'react';
import { ApiError, describeError } from '@/api';
import { useOutbox } from '../OutboxProvider';
import type { OutboxEntry } from '../outbox';

const patience = 3000;

/** Under a message that is not stored yet: that it takes long, or why it failed and what to do. */
export function SendNotice({ entry, waits }: { entry: OutboxEntry; waits: boolean }) {
  const outbox = useOutbox();
  const late = useLate(entry.createdAt);
  const { clientMessageId, failure } = entry;
  if (!failure) {
    const words = waits ? 'Waits for the message above' : late && 'Taking longer than usual…';
    return words ? <p className="animate-appear px-1 pt-1 text-xs text-soft">{words}</p> : null;
  }
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center justify-end gap-x-1 px-1 pt-1 text-[0.8125rem] text-danger"
    >
      <span>Not sent. {describeError(new ApiError({ code: failure, message: '', retryable: false }))}</span>
      <NoticeButton onClick={() => outbox.retry(clientMessageId)}>Retry</NoticeButton>
      <NoticeButton onClick={() => outbox.remove(clientMessageId)}>Delete</NoticeButton>
    </div>
  );
}

function NoticeButton({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="min-h-11 rounded-lg px-2 font-medium underline underline-offset-2 hover:bg-hover"
    >
      {children}
    </button>
  );
}

function useLate(createdAt: string): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), Date.parse(createdAt) + patience - Date.now());
    return () => clearTimeout(timer);
  }, [createdAt]);
  return late;
}
