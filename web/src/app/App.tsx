import { BrowserRouter } from 'react-router';
import { PersonScope } from './PersonScope';
import { AppRoutes } from './routes';
import { ErrorBoundary } from './shell/ErrorBoundary';

export function App() {
  return (
    <ErrorBoundary>
      <BrowserRouter>
        <PersonScope>
          <AppRoutes />
        </PersonScope>
      </BrowserRouter>
    </ErrorBoundary>
  );
}
