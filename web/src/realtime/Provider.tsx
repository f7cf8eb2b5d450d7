import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import { Realtime } from './realtime';

const RealtimeContext = createContext<Realtime | null>(null);

/** Holds the live line while `me` is logged in. */
export function RealtimeProvider({ me, children }: { me: string; children: ReactNode }) {
  const [realtime] = useState(() => new Realtime(me));
  useEffect(() => realtime.open(), [realtime]);
  return <RealtimeContext value={realtime}>{children}</RealtimeContext>;
}

export function useRealtime(): Realtime {
  const realtime = use(RealtimeContext);
  if (!realtime) throw new Error('useRealtime needs a RealtimeProvider');
  return realtime;
}
