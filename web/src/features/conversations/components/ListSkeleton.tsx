import { Skeleton } from '@/ui/Skeleton';

/** Stands where conversations will be. */
export function ListSkeleton() {
  return (
    <div role="status" aria-label="Loading conversations" className="space-y-0.5">
      {['w-32', 'w-24', 'w-40', 'w-28', 'w-36'].map((width) => (
        <div key={width} className="flex min-h-16 items-center gap-3 px-3 py-2.5">
          <Skeleton className="size-11" />
          <div className="flex-1 space-y-2.5">
            <Skeleton className={`h-3.5 ${width}`} />
            <Skeleton className="h-3 w-full" />
          </div>
        </div>
      ))}
    </div>
  );
}
