import { type ApiErrorCode, describeError } from '@/api';
import { formatWait } from '@/lib/dates';
import { Alert } from '@/ui/Alert';
import { Notice } from '@/ui/Notice';
import { rateLimit } from '../useRetryWait';

type Props = {
  error: unknown;
  /** Seconds left of a rate limit, from `useRetryWait`. */
  wait: number;
  /** What some errors mean here, where that is more than they mean everywhere. */
  special?: Partial<Record<ApiErrorCode, string>>;
};

/** Why a form was not accepted; with a countdown when it was sent too often. Always in the form, because it speaks. */
export function SubmitError({ error, wait, special }: Props) {
  const limit = rateLimit(error);
  return (
    <>
      {/* Read out at the beginning and at the end; the seconds between are only to be seen. */}
      <p role="status" className="sr-only">
        {limit &&
          (wait > 0 ? `Too many tries. Try again in ${formatWait(Math.ceil(limit))}.` : 'You can try again now.')}
      </p>
      {limit ? <RateLimit wait={wait} /> : error ? <Alert>{describeError(error, special)}</Alert> : null}
    </>
  );
}

function RateLimit({ wait }: { wait: number }) {
  if (wait === 0) return <Notice aria-hidden>You can try again now.</Notice>;
  return (
    <Notice look="danger" role="timer" className="tabular-nums">
      Too many tries. Try again in <span className="whitespace-nowrap">{formatWait(wait)}.</span>
    </Notice>
  );
}
