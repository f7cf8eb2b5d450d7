import { useState } from 'react';
import { Alert } from '@/ui/Alert';
import { Panel } from '@/ui/Panel';
import { Switch } from '@/ui/Switch';
import { useStore } from '@/ui/useStore';
import { changeSettings, notificationSettings } from '../settings';
import { playSound } from '../sound';

/** What this browser does when a message comes while somebody looks elsewhere. */
export function NotificationSettings({ me }: { me: string }) {
  const { popups, sound } = useStore(notificationSettings(me));
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : 'denied'));

  const choosePopups = async (wanted: boolean) => {
    // Browsers ask only after a click, and this is one.
    const answer = wanted && permission === 'default' ? await Notification.requestPermission() : permission;
    setPermission(answer);
    changeSettings(me, { popups: wanted && answer === 'granted' });
  };
  return (
    <Panel description="For this browser, when a message comes while you look elsewhere.">
      <div className="space-y-6">
        <div className="space-y-3">
          <Switch
            label="Notifications"
            description="Your browser shows who has written what. Nobody else sees that it does."
            checked={popups && permission === 'granted'}
            onChange={choosePopups}
          />
          {permission === 'denied' && (
            <Alert>
              {'Notification' in window
                ? 'Your browser blocks notifications of this page. Its settings for this page can allow them.'
                : 'This browser has no notifications, or not over a connection without https.'}
            </Alert>
          )}
        </div>
        <Switch
          label="Sound"
          description="Two soft notes."
          checked={sound}
          onChange={(wanted) => {
            changeSettings(me, { sound: wanted });
            if (wanted) playSound();
          }}
        />
      </div>
    </Panel>
  );
}
