import { Dialog } from '@/ui/Dialog';

const command = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

const shortcuts: [keys: string[], what: string][] = [
  [[command, 'K'], 'Go to a chat or a person'],
  [['↑', '↓'], 'Walk through the chats'],
  [['Enter'], 'Send, or open what is picked'],
  [['Shift', 'Enter'], 'New line'],
  [['↑'], 'Your last message, from an empty one'],
  [['Esc'], 'Close, or go back'],
  [[command, '/'], 'This list'],
];

/** What the keyboard can do. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog onClose={onClose} title="Keyboard" size="small">
      <dl className="scroll-thin max-h-[70dvh] overflow-y-auto px-5 pb-5">
        {shortcuts.map(([keys, what]) => (
          <div
            key={what}
            className="flex min-h-11 items-center justify-between gap-4 border-t border-line first:border-0"
          >
            <dt>{what}</dt>
            <dd className="flex shrink-0 gap-1">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="inline-flex h-7 min-w-7 items-center justify-center rounded-lg border border-line bg-surface px-2 font-sans text-sm text-soft"
                >
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
