import { Button } from '@/ui/Button';

type Props = {
  name: string;
  group: boolean;
  state: 'loading' | 'failed' | 'complete';
  empty: boolean;
  onRetry: () => void;
};

/** Stands above the oldest message that is loaded: more is coming, could not come, or this is where it all began. */
export function TopOfHistory({ name, group, state, empty, onRetry }: Props) {
  if (state === 'loading') return <p className="py-3 text-center text-sm text-soft">Loading older messages…</p>;
  if (state === 'failed') {
    return (
      <div className="flex flex-wrap items-center justify-center gap-2 py-3">
        <p className="text-sm text-danger">Older messages could not be loaded.</p>
        <Button look="quiet" onClick={onRetry}>
          Try again
        </Button>
      </div>
    );
  }
  return (
    <p className="mx-auto my-3 line-clamp-3 max-w-sm px-6 text-center text-sm wrap-anywhere text-soft">
      This is the beginning of <span dir="auto">{group ? name : `your conversation with ${name}`}</span>.
      {empty && ' Say hello!'}
    </p>
  );
}
