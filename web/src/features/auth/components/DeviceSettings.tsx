import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { type DeviceSession, describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import { Panel } from '@/ui/Panel';
import { PanelSkeleton } from '@/ui/PanelSkeleton';
import { useNow } from '@/ui/useNow';
import { devicesQuery } from '../account';
import { describeDevice } from '../deviceName';
import { DeviceItem } from './DeviceItem';
import { SignOutAllDialog, SignOutDialog } from './SignOutDialogs';

/** Where this account is logged in, and how to end that elsewhere. */
export function DeviceSettings() {
  const { data: devices, error, refetch } = useQuery(devicesQuery);
  const [leaving, setLeaving] = useState<DeviceSession | 'all' | null>(null);
  const [done, setDone] = useState('');
  const now = useNow();
  // What opened the dialog is gone when the device is, so the focus goes to the others.
  const isDone = useRef(false);
  const list = useRef<HTMLUListElement>(null);

  if (error && !devices) {
    return (
      <div className="space-y-3">
        <Alert>{describeError(error)}</Alert>
        <Button look="quiet" onClick={() => refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  if (!devices) return <PanelSkeleton />;

  const others = devices.filter(({ current }) => !current);
  const close = () => setLeaving(null);
  const closeDone = (text: string) => {
    isDone.current = true;
    close();
    setDone(text);
  };
  const finalFocus = () => {
    if (!isDone.current) return true;
    isDone.current = false;
    list.current?.focus();
    return false;
  };
  return (
    <>
      <Panel>
        <ul ref={list} tabIndex={-1} aria-label="Your devices" className="-my-1 divide-y divide-line outline-none">
          {[...devices.filter(({ current }) => current), ...others].map((device) => (
            <DeviceItem key={device.id} device={device} now={now} onSignOut={() => setLeaving(device)} />
          ))}
        </ul>
      </Panel>
      {others.length > 0 ? (
        <Button look="dangerQuiet" className="w-full sm:w-auto sm:self-start" onClick={() => setLeaving('all')}>
          Sign out all other devices
        </Button>
      ) : (
        <p className="text-soft">You are not logged in anywhere else.</p>
      )}
      <p role="status" className="sr-only">
        {done}
      </p>
      {leaving === 'all' && (
        <SignOutAllDialog
          finalFocus={finalFocus}
          onClose={close}
          onDone={() => closeDone('All other devices have been signed out.')}
        />
      )}
      {leaving && leaving !== 'all' && (
        <SignOutDialog
          device={leaving}
          finalFocus={finalFocus}
          onClose={close}
          onDone={() => closeDone(`${describeDevice(leaving.userAgent).name} has been signed out.`)}
        />
      )}
    </>
  );
}
