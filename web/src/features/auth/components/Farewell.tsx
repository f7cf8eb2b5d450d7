import { type Ending, lastEnding } from '@/api';
import { Notice } from '@/ui/Notice';
import { useStore } from '@/ui/useStore';

const words: Record<Ending, string | null> = {
  left: null,
  revoked: 'This device was signed out, from another one or because the password was changed. Log in to go on.',
  expired: 'Your session has ended after a long time without you. Please log in again.',
  deleted: 'Your account has been deleted. Thank you for having been here.',
};

/** Why somebody who was logged in until now is not any more, unless they know. */
export function Farewell() {
  const ending = useStore(lastEnding);
  const text = ending && words[ending];
  return (
    <div role="status">
      {text && (
        <Notice look={ending === 'deleted' ? 'good' : 'info'} className="mb-5">
          {text}
        </Notice>
      )}
    </div>
  );
}
