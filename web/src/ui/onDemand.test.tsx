import { render, screen } from '@testing-library/react';
import { Component, type ReactNode } from 'react';
import { describe, expect, test, vi } from 'vitest';
import { loadable, loadOnDemand, onDemand } from './onDemand';

const module = { Part: ({ name }: { name: string }) => <p>{name} is there</p> };
class Boundary extends Component<{ children: ReactNode }> {
  override state = { failed: false };
  static getDerivedStateFromError = () => ({ failed: true });
  override render = () => (this.state.failed ? <p>It broke</p> : this.props.children);
}
const Waiting = () => <p>Wait</p>;

describe('code that is loaded when it is shown', () => {
  test('leaves its place to something else until then, and comes once', async () => {
    const load = vi.fn(async () => module);
    const Part = loadable(load).component(({ Part }) => Part, Waiting);
    render(<Part name="First" />);
    expect(screen.getByText('Wait')).toBeVisible();
    expect(await screen.findByText('First is there')).toBeVisible();
    render(<Part name="Second" />);
    expect(screen.getByText('Second is there')).toBeVisible();
    expect(load).toHaveBeenCalledOnce();
  });

  test('is there at once where it was loaded before', async () => {
    const OnDemand = onDemand(
      async () => module,
      ({ Part }) => Part,
    );
    await loadOnDemand();
    render(<OnDemand name="Dialog" />);
    expect(screen.getByText('Dialog is there')).toBeVisible();
  });

  test('is a fault when it does not come, and is tried again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const load = vi.fn(async () => module).mockRejectedValueOnce(new Error('no line'));
    const Part = loadable(load).component(({ Part }) => Part);
    const { unmount } = render(
      <Boundary>
        <Part name="Part" />
      </Boundary>,
    );
    expect(await screen.findByText('It broke')).toBeVisible();
    unmount();
    render(<Part name="Part" />);
    expect(await screen.findByText('Part is there')).toBeVisible();
  });
});
