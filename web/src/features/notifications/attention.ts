/** Knows whether somebody looks at another tab of ours: that one shows the message already. */
export function followFocus(me: string): { isElsewhere: () => Promise<boolean>; stop: () => void } {
  const name = `trice.focus.${me}`;
  let release: (() => void) | null = null;

  const follow = () => {
    if (!document.hasFocus()) {
      release?.();
      release = null;
    } else if (!release && navigator.locks) {
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      void navigator.locks.request(name, { mode: 'shared' }, () => held);
    }
  };
  follow();
  window.addEventListener('focus', follow);
  window.addEventListener('blur', follow);

  return {
    isElsewhere: async () => {
      const locks = await navigator.locks?.query();
      return locks?.held?.some((lock) => lock.name === name) ?? false;
    },
    stop() {
      window.removeEventListener('focus', follow);
      window.removeEventListener('blur', follow);
      release?.();
    },
  };
}

/** So far apart, tabs may hear the same news. */
const longest = 3000;

/** Whether this tab is the first one to claim it. */
export async function claimOnce(name: string): Promise<boolean> {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      resolve(lock !== null);
      if (lock) await new Promise((done) => setTimeout(done, longest));
    });
  });
}
