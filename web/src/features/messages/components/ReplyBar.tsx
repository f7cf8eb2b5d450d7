import { X } from 'lucide-react';
import { IconButton } from '@/ui/IconButton';
import type { MessageItem } from '../timeline';

/** Above what is being written: which message it answers. */
export function ReplyBar({ to, onCancel }: { to: MessageItem; onCancel: () => void }) {
  return (
    <div className="mx-auto mb-2 flex max-w-4xl animate-rise items-center gap-2 rounded-2xl border border-line bg-surface ps-3">
      <div className="min-w-0 flex-1 border-s-3 border-accent ps-2.5 text-[0.8125rem] leading-snug">
        <p className="truncate font-medium text-accent-ink">
          Answer to <bdi>{to.own ? 'yourself' : to.sender?.displayName}</bdi>
        </p>
        <p dir="auto" className="truncate text-soft">
          {to.content.slice(0, 200)}
        </p>
      </div>
      <IconButton label="Do not answer this message" onClick={onCancel}>
        <X aria-hidden className="size-4.5" />
      </IconButton>
    </div>
  );
}
