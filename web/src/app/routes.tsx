import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { LoginPage, RegisterPage, RequireNoSession, RequireSession } from '@/features/auth';
import { ChatSkeleton } from './chat/ChatSkeleton';
import { AppShell } from './shell/AppShell';
import { NotFoundPage } from './shell/NotFoundPage';

// Forms need no chat, and the chat needs no forms. `boot.js` begins to load the chat where somebody is logged in.
const ChatPanes = lazy(async () => ({ default: (await import('./chat/pages')).ChatPanes }));
const ConversationPage = lazy(async () => ({ default: (await import('./chat/pages')).ConversationPage }));
const NothingOpen = lazy(async () => ({ default: (await import('./chat/pages')).NothingOpen }));
const SettingsPage = lazy(async () => ({ default: (await import('./settings/SettingsPage')).SettingsPage }));

export function AppRoutes() {
  return (
    <Suspense>
      <Routes>
        <Route element={<RequireNoSession />}>
          <Route path="/login" element={<LoginPage />} />
          <Route path="/register" element={<RegisterPage />} />
        </Route>
        <Route element={<RequireSession />}>
          <Route element={<AppShell />}>
            <Route
              element={
                <Suspense fallback={<ChatSkeleton />}>
                  <ChatPanes />
                </Suspense>
              }
            >
              <Route index element={<NothingOpen />} />
              <Route path="/c/:id" element={<ConversationPage />} />
            </Route>
            <Route path="/settings/:section?" element={<SettingsPage />} />
          </Route>
        </Route>
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Suspense>
  );
}
