import { classes } from '@/ui/classes';
import { Skeleton } from '@/ui/Skeleton';

const bubbles = [
  { own: false, size: 'h-10 w-52' },
  { own: false, size: 'h-16 w-72' },
  { own: true, size: 'h-10 w-40' },
  { own: false, size: 'h-10 w-64' },
  { own: true, size: 'h-16 w-60' },
  { own: true, size: 'h-10 w-32' },
];

export function MessagesSkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading messages"
      className="flex min-h-0 flex-1 flex-col justify-end overflow-hidden"
    >
      <div className="mx-auto flex w-full max-w-4xl flex-col gap-2 px-3 pb-2 sm:px-6">
        {bubbles.map(({ own, size }) => (
          <Skeleton key={size + own} className={classes('rounded-2xl', size, own && 'self-end')} />
        ))}
      </div>
    </div>
  );
}
