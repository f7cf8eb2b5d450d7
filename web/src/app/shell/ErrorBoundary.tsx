import { CircleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';

/** Keeps a fault in one part of the app from taking the rest with it. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div role="alert" className="flex h-full items-center justify-center">
        <EmptyState
          icon={CircleAlert}
          title="This part of Trice broke"
          action={<Button onClick={() => window.location.reload()}>Reload</Button>}
        >
          Your messages are safe. Reloading usually helps.
        </EmptyState>
      </div>
    );
  }
}
