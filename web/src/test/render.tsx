import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { createQueryClient } from '@/app/queryClient';
import { AppRoutes } from '@/app/routes';

/** Renders the whole app at `path`. */
export function renderApp(path: string): UserEvent {
  render(
    <QueryClientProvider client={createQueryClient()}>
      <MemoryRouter initialEntries={[path]}>
        <AppRoutes />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}
