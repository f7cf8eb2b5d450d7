import { type LucideIcon, Moon, Sun, SunMoon } from 'lucide-react';
import { Panel } from '@/ui/Panel';
import { chooseTheme, type Theme, theme, themes } from '@/ui/theme';
import { useStore } from '@/ui/useStore';

const looks: Record<Theme, { label: string; about: string; icon: LucideIcon }> = {
  system: { label: 'Like the system', about: 'Changes when your device does', icon: SunMoon },
  light: { label: 'Light', about: 'Always', icon: Sun },
  dark: { label: 'Dark', about: 'Always', icon: Moon },
};

export function AppearanceSettings() {
  const chosen = useStore(theme);
  return (
    <Panel>
      <fieldset>
        <legend className="text-base font-semibold">Theme</legend>
        <p className="mt-0.5 mb-4 text-soft">For this browser, whoever is logged in.</p>
        <div className="grid gap-3 sm:grid-cols-3">
          {themes.map((each) => {
            const { label, about, icon: Icon } = looks[each];
            return (
              <label
                key={each}
                className="flex min-h-14 cursor-pointer items-center gap-3 rounded-2xl border border-line px-4 py-3 transition-colors duration-150 hover:bg-hover has-checked:border-accent-ink has-checked:bg-selected has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent-ink sm:flex-col sm:py-5 sm:text-center"
              >
                <input
                  type="radio"
                  name="theme"
                  value={each}
                  checked={each === chosen}
                  onChange={() => chooseTheme(each)}
                  className="sr-only"
                />
                <Icon aria-hidden className="size-6 text-accent-ink" strokeWidth={1.75} />
                <span>
                  <span className="block font-medium">{label}</span>
                  <span className="block text-sm text-soft">{about}</span>
                </span>
              </label>
            );
          })}
        </div>
      </fieldset>
    </Panel>
  );
}
