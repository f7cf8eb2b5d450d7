import { classes } from './classes';

/** Stands where text or a picture will be. */
export function Skeleton({ className }: { className: string }) {
  return <span aria-hidden className={classes('block animate-breathe rounded-full bg-line', className)} />;
}
