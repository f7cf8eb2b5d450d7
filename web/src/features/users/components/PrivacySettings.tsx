import { describeError, type Profile } from '@/api';
import { Alert } from '@/ui/Alert';
import { Panel } from '@/ui/Panel';
import { Switch } from '@/ui/Switch';
import { type PrivacySetting, usePrivacySetting } from '../useProfile';

export function PrivacySettings({ me }: { me: Profile }) {
  return (
    <Panel>
      <div className="space-y-6">
        <PrivacySwitch
          me={me}
          setting="readReceiptsEnabled"
          label="Read receipts"
          description="Others see when you have read their messages. Switched off, they do not from now on; what they have seen already stays."
        />
        <PrivacySwitch
          me={me}
          setting="presenceEnabled"
          label="Online status"
          description="People you chat with see when you are online, and when you last were. Switched off, you look offline to everybody."
        />
      </div>
    </Panel>
  );
}

type Props = { me: Profile; setting: PrivacySetting; label: string; description: string };

function PrivacySwitch({ me, setting, label, description }: Props) {
  const { value, choose, error } = usePrivacySetting(me, setting);
  return (
    <div className="space-y-3">
      <Switch label={label} description={description} checked={value} onChange={choose} />
      {error && <Alert>This was not saved. {describeError(error)}</Alert>}
    </div>
  );
}
