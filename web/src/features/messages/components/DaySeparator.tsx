import { formatDay } from '@/lib/dates';

export function DaySeparator({ date, now }: { date: Date; now: Date }) {
  return (
    <div className="flex justify-center pt-4 pb-1">
      <span className="rounded-full bg-raised px-3 py-1 text-xs font-medium text-soft">{formatDay(date, now)}</span>
    </div>
  );
}
