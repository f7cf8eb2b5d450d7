import { render } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { PersonScope } from '@/app/PersonScope';
import { AppRoutes } from '@/app/routes';

/** Renders the whole app at `path`. */
export function renderApp(path: string): UserEvent {
  render(
    <MemoryRouter initialEntries={[path]}>
      <PersonScope>
        <AppRoutes />
      </PersonScope>
    </MemoryRouter>,
  );
  return userEvent.setup();
}
