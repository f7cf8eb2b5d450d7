import type { Activity } from '@/api';

/** So long nobody touches a device before they count as away. */
const patience = 5 * 60_000;
const touches = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'focus'] as const;

/**
 * Knows whether somebody is at this device. Nothing can be touched in a hidden tab, so that one is left like any other.
 * `onReturn` is called when they come back. Answers how they are, and how to stop.
 */
export function followActivity(onReturn: () => void): { status: () => Activity; stop: () => void } {
  let touchedAt = Date.now();
  let away = false;

  const status = (): Activity => {
    away = Date.now() - touchedAt >= patience;
    return away ? 'away' : 'online';
  };
  const touch = () => {
    const returns = away || status() === 'away';
    touchedAt = Date.now();
    away = false;
    if (returns) onReturn();
  };
  const turn = () => {
    if (document.visibilityState === 'visible') touch();
  };
  for (const event of touches) window.addEventListener(event, touch, { passive: true, capture: true });
  document.addEventListener('visibilitychange', turn);
  return {
    status,
    stop() {
      for (const event of touches) window.removeEventListener(event, touch, { capture: true });
      document.removeEventListener('visibilitychange', turn);
    },
  };
}
