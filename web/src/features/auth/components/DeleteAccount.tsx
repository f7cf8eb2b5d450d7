import { useState } from 'react';
import { Button } from '@/ui/Button';
import { Panel } from '@/ui/Panel';
import { DeleteAccountDialog } from './DeleteAccountDialog';

const consequences = [
  'You leave all groups. Where you are the only owner, somebody else in the group takes over.',
  'What you wrote stays with those you wrote to, under the name “Deleted account”.',
  'Nobody can write to you any more, and your direct chats can only be read.',
  'Your name, e-mail address and password are erased. The address and your username are free for anybody to take.',
  'All your devices are signed out.',
];

export function DeleteAccount({ email }: { email: string }) {
  const [asking, setAsking] = useState(false);
  return (
    <Panel title="Delete your account" description="This cannot be taken back. It happens at once:">
      <ul className="mb-5 list-disc space-y-1.5 pl-5 marker:text-soft">
        {consequences.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <Button look="dangerQuiet" className="w-full sm:w-auto" onClick={() => setAsking(true)}>
        Delete my account…
      </Button>
      {asking && <DeleteAccountDialog email={email} onClose={() => setAsking(false)} />}
    </Panel>
  );
}
