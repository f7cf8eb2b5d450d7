import type { ReactNode } from 'react';
import { Logo } from '@/ui/Logo';

type Props = { title: string; subtitle: string; children: ReactNode; footer: ReactNode };

/** The frame around login and registration. */
export function AuthLayout({ title, subtitle, children, footer }: Props) {
  return (
    <main className="flex min-h-full flex-col items-center justify-center bg-[radial-gradient(60rem_40rem_at_50%_-10%,var(--color-selected),transparent)] px-4 pt-[max(2rem,env(safe-area-inset-top))] pb-[max(2rem,env(safe-area-inset-bottom))]">
      <div className="w-full max-w-[26rem] rounded-3xl border border-line bg-surface px-6 py-8 shadow-card sm:px-9">
        <div className="mb-7 flex flex-col items-center text-center">
          <Logo className="mb-4 size-14" />
          <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
          <p className="mt-1 text-soft">{subtitle}</p>
        </div>
        {children}
      </div>
      <p className="mt-6 text-soft">{footer}</p>
    </main>
  );
}
