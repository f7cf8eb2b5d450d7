import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { LoginPage, RegisterPage, RequireNoSession, RequireSession } from '@/features/auth';
import { ChatPanes } from './chat/ChatPanes';
import { ConversationPage } from './chat/ConversationPage';
import { NothingOpen } from './chat/NothingOpen';
import { AppShell } from './shell/AppShell';
import { NotFoundPage } from './shell/NotFoundPage';

// Loaded when shown: few visits need them.
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
            <Route element={<ChatPanes />}>
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
