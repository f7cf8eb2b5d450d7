/** Stands where one left off. */
export function UnreadSeparator() {
  return (
    <div className="mx-auto flex w-full max-w-4xl items-center gap-3 px-3 pt-4 pb-1 text-xs font-medium text-accent-ink sm:px-6">
      <span aria-hidden className="h-px flex-1 bg-current opacity-40" />
      New messages
      <span aria-hidden className="h-px flex-1 bg-current opacity-40" />
    </div>
  );
}
