import { useMemo } from 'react';
import { ApiError, describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { useCountdown } from '@/ui/useCountdown';

type Props = {
  error: unknown;
  /** What a refused login means here, if it can happen. */
  unauthorized?: string;
};

/** Why a form was not accepted; with a countdown when it was sent too often. */
export function SubmitError({ error, unauthorized }: Props) {
  const code = error instanceof ApiError ? error.code : null;
  const retryAfter = error instanceof ApiError && code === 'RATE_LIMITED' ? error.retryAfter : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: every new error starts its own countdown
  const end = useMemo(() => (retryAfter ? Date.now() + retryAfter * 1000 : 0), [error, retryAfter]);
  const seconds = useCountdown(end);
  if (retryAfter) return <RateLimit seconds={seconds} />;
  return <Alert>{code === 'UNAUTHORIZED' && unauthorized ? unauthorized : describeError(error)}</Alert>;
}

function RateLimit({ seconds }: { seconds: number }) {
  if (seconds === 0) return <Alert>You can try again now.</Alert>;
  const minutes = Math.floor(seconds / 60);
  const clock = minutes > 0 ? `${minutes}:${String(seconds % 60).padStart(2, '0')} minutes` : `${seconds} seconds`;
  return (
    <Alert>
      {/* Read out once, not every second. */}
      <span className="sr-only">Too many tries. Please wait a while.</span>
      <span aria-hidden className="tabular-nums">
        Too many tries. You can try again in {clock}.
      </span>
    </Alert>
  );
}
