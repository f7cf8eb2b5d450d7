import { useParams } from 'react-router';
import { Panes } from '@/ui/Panes';
import { Skeleton } from '@/ui/Skeleton';

/** Stands where the chat will be, while it is loaded. */
export function ChatSkeleton() {
  const { id } = useParams();
  const list = (
    <div className="flex h-full flex-col gap-4 border-line bg-surface p-3 pt-[max(0.75rem,env(safe-area-inset-top))] md:border-r">
      <Skeleton className="size-11" />
      <Skeleton className="h-11 w-full" />
      {['w-32', 'w-24', 'w-40', 'w-28'].map((width) => (
        <span key={width} className="flex items-center gap-3">
          <Skeleton className="size-11" />
          <Skeleton className={`h-3.5 ${width}`} />
        </span>
      ))}
    </div>
  );
  return (
    <div className="flex h-dvh">
      <Panes label="Chats" list={list} isOpen={id !== undefined}>
        <p role="status" className="sr-only">
          Loading your chats
        </p>
      </Panes>
    </div>
  );
}
