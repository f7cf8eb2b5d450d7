import { Skeleton } from './Skeleton';

/** Stands where a panel will be. */
export function PanelSkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading"
      className="space-y-5 rounded-2xl border border-line bg-surface px-4 py-5 sm:px-6"
    >
      {['w-40', 'w-28', 'w-52'].map((width) => (
        <div key={width} className="space-y-2.5">
          <Skeleton className={`h-3.5 ${width}`} />
          <Skeleton className="h-3 w-full" />
        </div>
      ))}
    </div>
  );
}
