import { Skeleton } from '@/ui/Skeleton';

/** Stands where a list of people will be. */
export function PeopleSkeleton({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label}>
      {['w-40', 'w-28', 'w-36', 'w-24', 'w-32'].map((width) => (
        <div key={width} className="flex h-15 items-center gap-3 px-2">
          <Skeleton className="size-11" />
          <div className="flex-1 space-y-2">
            <Skeleton className={`h-3.5 ${width}`} />
            <Skeleton className="h-3 w-24" />
          </div>
        </div>
      ))}
    </div>
  );
}
