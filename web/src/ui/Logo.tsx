/** The mark: three strokes in a speech bubble, the last one the longest. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 48 48" aria-hidden="true" className={className}>
      <path
        className="fill-accent"
        d="M24 3C11.85 3 2 11.73 2 22.5c0 6.06 3.12 11.47 8 15.05V44a1.2 1.2 0 0 0 1.86 1l7.02-4.5c1.66.33 3.4.5 5.12.5 12.15 0 22-8.23 22-18.5S36.15 3 24 3Z"
      />
      <path
        className="stroke-on-accent"
        strokeWidth="3.6"
        strokeLinecap="round"
        fill="none"
        d="M14.5 25.5v-5M24 28v-10M33.5 30.5v-15"
      />
    </svg>
  );
}
