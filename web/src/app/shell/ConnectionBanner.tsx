import { useEffect, useState } from 'react';
import { type ConnectionStatus, connectionStatus } from '@/realtime';
import { classes } from '@/ui/classes';
import { useStore } from '@/ui/useStore';

const texts: Record<ConnectionStatus, string> = {
  connecting: 'Connecting…',
  offline: 'You are offline — messages will be sent when you are back',
  connected: 'Connected',
};

/** A short break is nobody's business. */
const patience = 1500;
const goodbye = 2000;

/** Floats below the headers, so that nothing moves when it comes and goes, and nothing that can be pressed is covered. */
export function ConnectionBanner() {
  const status = useStore(connectionStatus);
  const shown = useShownStatus(status);
  return (
    <div
      role="status"
      className="pointer-events-none absolute inset-x-0 top-[calc(4.5rem+env(safe-area-inset-top))] z-10 flex justify-center px-4"
    >
      {shown && (
        <span
          className={classes(
            'animate-rise rounded-2xl border border-line bg-raised px-4 py-1.5 text-center text-sm font-medium shadow-float',
            shown === 'connected' ? 'text-good' : 'text-ink',
          )}
        >
          {texts[shown]}
        </span>
      )}
    </div>
  );
}

/** A status is shown when it lasts; being connected only for a moment, and only after something else was shown. */
function useShownStatus(status: ConnectionStatus): ConnectionStatus | null {
  const [shown, setShown] = useState<ConnectionStatus | null>(null);
  useEffect(() => {
    if (status !== 'connected') {
      const timer = setTimeout(() => setShown(status), status === 'offline' ? 0 : patience);
      return () => clearTimeout(timer);
    }
    setShown((before) => before && 'connected');
    const timer = setTimeout(() => setShown(null), goodbye);
    return () => clearTimeout(timer);
  }, [status]);
  return shown;
}
