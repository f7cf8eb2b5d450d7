import type { ReactNode } from 'react';
import { Notice } from './Notice';

/** Something went wrong, said where it happened and read out at once. */
export function Alert({ children }: { children: ReactNode }) {
  return (
    <Notice look="danger" role="alert">
      {children}
    </Notice>
  );
}
