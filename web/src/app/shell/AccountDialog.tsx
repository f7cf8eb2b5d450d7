import { useQuery } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { describeError } from '@/api';
import { useLogout } from '@/features/auth';
import { meQuery } from '@/features/users';
import { Alert } from '@/ui/Alert';
import { Avatar } from '@/ui/Avatar';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';

type Props = { onClose: () => void };

/** Who is logged in, and the way out. */
export function AccountDialog({ onClose }: Props) {
  const { data: profile } = useQuery(meQuery);
  const logout = useLogout();

  return (
    <Dialog onClose={onClose} title="Your account" size="small">
      <div className="flex flex-col gap-5 px-5 pt-1 pb-5">
        {profile && (
          <div className="flex items-center gap-3">
            <Avatar name={profile.displayName} id={profile.id} />
            <div className="min-w-0">
              <p dir="auto" className="truncate font-medium">
                {profile.displayName}
              </p>
              <p className="truncate text-sm text-soft">
                @{profile.username} · {profile.email}
              </p>
            </div>
          </div>
        )}
        {logout.isError && <Alert>You are still logged in. {describeError(logout.error)}</Alert>}
        <Button look="quiet" busy={logout.isPending} onClick={() => logout.mutate()}>
          <LogOut aria-hidden className="size-4.5" />
          Log out
        </Button>
      </div>
    </Dialog>
  );
}
