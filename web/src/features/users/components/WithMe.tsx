import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { describeError, type Profile } from '@/api';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import { PanelSkeleton } from '@/ui/PanelSkeleton';
import { meQuery } from '../queries';

/** Shows what needs to know who is logged in, once it is known. */
export function WithMe({ children }: { children: (me: Profile) => ReactNode }) {
  const { data: me, error, refetch } = useQuery(meQuery);
  if (me) return children(me);
  if (!error) return <PanelSkeleton />;
  return (
    <div className="space-y-3">
      <Alert>{describeError(error)}</Alert>
      <Button look="quiet" onClick={() => refetch()}>
        Try again
      </Button>
    </div>
  );
}
