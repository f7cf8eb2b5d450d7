import { Fragment } from 'react';
import { isEmojiOnly, linkify } from '@/lib/text';
import { classes } from '@/ui/classes';

/** What somebody wrote: text is text, and only http(s) addresses become links. */
export function MessageText({ text, linkClass }: { text: string; linkClass: string }) {
  if (isEmojiOnly(text)) return <span className="text-4xl leading-tight">{text}</span>;
  let offset = 0;
  return linkify(text).map(({ kind, value }) => {
    const key = offset;
    offset += value.length;
    if (kind === 'text') return <Fragment key={key}>{value}</Fragment>;
    return (
      <a
        key={key}
        href={value}
        target="_blank"
        rel="noopener noreferrer"
        className={classes('underline underline-offset-2', linkClass)}
      >
        {value}
      </a>
    );
  });
}
