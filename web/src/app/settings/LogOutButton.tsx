import { LogOut } from 'lucide-react';
import { useState } from 'react';
import { describeError } from '@/api';
import { useLogout } from '@/features/auth';
import { useUnsentCount } from '@/features/messages';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import { ConfirmDialog } from '@/ui/dialogs';

/** Logs out; asks first when something would be lost by it. */
export function LogOutButton() {
  const logout = useLogout();
  const unsent = useUnsentCount();
  const [asking, setAsking] = useState(false);
  const error = logout.isError && <Alert>You are still logged in. {describeError(logout.error)}</Alert>;
  return (
    <div className="space-y-3 px-1 pt-4">
      {!asking && error}
      <Button
        look="quiet"
        busy={logout.isPending}
        className="w-full"
        onClick={() => (unsent > 0 ? setAsking(true) : logout.mutate())}
      >
        <LogOut aria-hidden className="size-4.5" />
        Log out
      </Button>
      {asking && (
        <ConfirmDialog
          title="Log out and lose what is not sent?"
          description={
            unsent === 1
              ? 'One message has not been sent yet. Logging out deletes it.'
              : `${unsent} messages have not been sent yet. Logging out deletes them.`
          }
          action="Log out"
          busy={logout.isPending}
          onConfirm={() => logout.mutate()}
          onClose={() => setAsking(false)}
        >
          {error}
        </ConfirmDialog>
      )}
    </div>
  );
}
