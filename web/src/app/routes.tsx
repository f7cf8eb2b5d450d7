import { Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { LoginPage, RegisterPage, RequireNoSession, RequireSession } from '@/features/auth';
import { ConversationPage } from './chat/ConversationPage';
import { NothingOpen } from './chat/NothingOpen';
import { AppShell } from './shell/AppShell';

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
            <Route index element={<NothingOpen />} />
            <Route path="/c/:id" element={<ConversationPage />} />
          </Route>
        </Route>
        <Route path="*" element={<Navigate to="/" replace />} />
      </Routes>
    </Suspense>
  );
}
