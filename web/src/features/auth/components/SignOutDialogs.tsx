import { type DeviceSession, describeError } from '@/api';
import { formatPast } from '@/lib/dates';
import { Alert } from '@/ui/Alert';
import { ConfirmDialog } from '@/ui/dialogs';
import { useSignOutDevice, useSignOutOtherDevices } from '../account';
import { describeDevice } from '../deviceName';

type Props = { onClose: () => void; onDone: () => void; finalFocus: () => boolean };

export function SignOutDialog({ device, onClose, onDone, finalFocus }: Props & { device: DeviceSession }) {
  const signOut = useSignOutDevice();
  return (
    <ConfirmDialog
      title={`Sign out ${describeDevice(device.userAgent).name}?`}
      description={`It was last used ${formatPast(new Date(device.lastUsedAt), new Date())}. To be used again it will need your password.`}
      action="Sign out"
      busy={signOut.isPending}
      onConfirm={() => signOut.mutate(device.id, { onSuccess: onDone })}
      onClose={onClose}
      finalFocus={finalFocus}
    >
      {signOut.isError && <Alert>{describeError(signOut.error)}</Alert>}
    </ConfirmDialog>
  );
}

export function SignOutAllDialog({ onClose, onDone, finalFocus }: Props) {
  const signOut = useSignOutOtherDevices();
  return (
    <ConfirmDialog
      title="Sign out all other devices?"
      description="Only this one stays logged in. The others will need your password to be used again."
      action="Sign out all"
      busy={signOut.isPending}
      onConfirm={() => signOut.mutate(undefined, { onSuccess: onDone })}
      onClose={onClose}
      finalFocus={finalFocus}
    >
      {signOut.isError && <Alert>{describeError(signOut.error)}</Alert>}
    </ConfirmDialog>
  );
}
