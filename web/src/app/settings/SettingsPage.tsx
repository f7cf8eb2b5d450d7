import { type ReactNode, useEffect, useRef } from 'react';
import { Navigate, useParams } from 'react-router';
import { DeleteAccount, DeviceSettings, PasswordSettings } from '@/features/auth';
import { NotificationSettings, PageTitle } from '@/features/notifications';
import { PrivacySettings, ProfileSettings, WithMe } from '@/features/users';
import { Panes } from '@/ui/Panes';
import { ErrorBoundary } from '../shell/ErrorBoundary';
import { AppearanceSettings } from './AppearanceSettings';
import { SettingsHeader } from './SettingsHeader';
import { SettingsNav } from './SettingsNav';
import { type SectionPath, sections } from './sections';

const contents: Record<SectionPath, ReactNode> = {
  profile: <WithMe>{(me) => <ProfileSettings me={me} />}</WithMe>,
  privacy: <WithMe>{(me) => <PrivacySettings me={me} />}</WithMe>,
  notifications: <WithMe>{(me) => <NotificationSettings me={me.id} />}</WithMe>,
  devices: <DeviceSettings />,
  password: <WithMe>{(me) => <PasswordSettings email={me.email} />}</WithMe>,
  appearance: <AppearanceSettings />,
  account: <WithMe>{(me) => <DeleteAccount email={me.email} />}</WithMe>,
};

/** The settings: what there is beside the one that is open; on phones, one at a time. */
export function SettingsPage() {
  const { section: asked } = useParams();
  const heading = usePageFocus(asked);
  // Where there is room for both, the first one is open from the start.
  const section = sections.find(({ path }) => path === (asked ?? 'profile'));
  if (!section) return <Navigate to="/settings" replace />;

  return (
    <>
      <PageTitle>{asked ? `${section.label} · Settings` : 'Settings'}</PageTitle>
      <Panes
        label="Settings"
        list={<SettingsNav heading={heading.nav} implied={asked ? null : section.path} />}
        isOpen={asked !== undefined}
      >
        <div className="flex h-full flex-col">
          <SettingsHeader heading={heading.page} title={section.label} />
          <div className="scroll-thin min-h-0 flex-1 overflow-y-auto">
            <div className="mx-auto flex max-w-2xl flex-col gap-4 px-4 pt-4 pb-[max(2rem,env(safe-area-inset-bottom))] sm:px-6">
              <ErrorBoundary key={section.path}>{contents[section.path]}</ErrorBoundary>
            </div>
          </div>
        </div>
      </Panes>
    </>
  );
}

/** Brings the focus along when the page changes, to the heading that can be seen: there reading goes on. */
function usePageFocus(page: string | undefined) {
  const headings = { page: useRef<HTMLHeadingElement>(null), nav: useRef<HTMLHeadingElement>(null) };
  const { page: pageHeading, nav: navHeading } = headings;
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    const visible = [pageHeading.current, navHeading.current].find((heading) => heading?.getClientRects().length);
    visible?.focus();
  }, [page, pageHeading, navHeading]);
  return headings;
}
