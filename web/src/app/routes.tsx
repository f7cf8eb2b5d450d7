import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { session } from '@/api';
import { LoginPage, RegisterPage, RequireNoSession, RequireSession } from '@/features/auth';
import { ChatSkeleton } from './chat/ChatSkeleton';
import { NotFoundPage } from './shell/NotFoundPage';

// Nobody needs the chat to log in. Whoever is logged in does, so there it is under way before anything is drawn.
const loadChat = () => import('./chat');
if (session.get()) void loadChat();
const AppShell = lazy(async () => ({ default: (await loadChat()).AppShell }));
const ChatPanes = lazy(async () => ({ default: (await loadChat()).ChatPanes }));
const ConversationPage = lazy(async () => ({ default: (await loadChat()).ConversationPage }));
const NothingOpen = lazy(async () => ({ default: (await loadChat()).NothingOpen }));

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
          <Route
            element={
              <Suspense fallback={<ChatSkeleton />}>
                <AppShell />
              </Suspense>
            }
          >
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
