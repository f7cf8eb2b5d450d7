import { type LucideIcon, MonitorSmartphone, Smartphone, SquareTerminal, Tablet } from 'lucide-react';
import type { DeviceSession } from '@/api';
import { formatFull, formatPast } from '@/lib/dates';
import { Button } from '@/ui/Button';
import { type Device, describeDevice } from '../deviceName';

const icons: Record<Device['kind'], LucideIcon> = {
  computer: MonitorSmartphone,
  phone: Smartphone,
  tablet: Tablet,
  program: SquareTerminal,
};

type Props = { device: DeviceSession; now: Date; onSignOut: () => void };

export function DeviceItem({ device, now, onSignOut }: Props) {
  const { name, kind } = describeDevice(device.userAgent);
  const Icon = icons[kind];
  return (
    <li className="flex items-start gap-4 py-4">
      <span className="inline-flex size-11 shrink-0 items-center justify-center rounded-full bg-selected text-accent-ink">
        <Icon aria-hidden className="size-5" strokeWidth={1.75} />
      </span>
      <div className="flex min-w-0 flex-1 flex-col items-start gap-x-4 gap-y-2.5 sm:flex-row sm:items-center">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2">
            <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
            {device.current && (
              <span className="rounded-full bg-good-surface px-2 py-0.5 text-xs font-medium text-good">
                This device
              </span>
            )}
          </p>
          <p className="text-sm text-soft">
            {device.current ? 'In use now' : <When label="Last used" time={device.lastUsedAt} now={now} />}
          </p>
          <p className="text-sm text-soft">
            <When label="Logged in" time={device.createdAt} now={now} />
          </p>
        </div>
        {!device.current && (
          <Button look="quiet" aria-label={`Sign out ${name}`} onClick={onSignOut}>
            Sign out
          </Button>
        )}
      </div>
    </li>
  );
}

function When({ label, time, now }: { label: string; time: string; now: Date }) {
  const date = new Date(time);
  return (
    <>
      {label}{' '}
      <time dateTime={time} title={formatFull(date)}>
        {formatPast(date, now)}
      </time>
    </>
  );
}
