import { Route, Routes } from 'react-router';
import { session } from '@/api';
import { LoginPage, RegisterPage, RequireNoSession, RequireSession } from '@/features/auth';
import { loadable } from '@/ui/onDemand';
import { ChatSkeleton } from './chat/ChatSkeleton';
import { NotFoundPage } from './shell/NotFoundPage';

// Nobody needs the chat to log in. Whoever is logged in does, so there it is under way before anything is drawn.
const chat = loadable(() => import('./chat'));
if (session.get()) void chat.load();
const AppShell = chat.component(({ AppShell }) => AppShell, ChatSkeleton);
const ChatPanes = chat.component(({ ChatPanes }) => ChatPanes);
const ConversationPage = chat.component(({ ConversationPage }) => ConversationPage);
const NothingOpen = chat.component(({ NothingOpen }) => NothingOpen);

// Loaded when shown: few visits need them.
const SettingsPage = loadable(() => import('./settings/SettingsPage')).component(({ SettingsPage }) => SettingsPage);

export function AppRoutes() {
  return (
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
  );
}
