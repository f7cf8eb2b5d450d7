export type TextPart = { kind: 'text' | 'link'; value: string };

const link = /https?:\/\/[^\s<>"]+/gi;
// Punctuation that ends the sentence around a link rather than the link.
const trailing = /[.,:;!?'’”*_~]+$/;

/** Cuts text into plain parts and http(s) links. Only these two schemes ever become links. */
export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(link)) {
    const value = trimLink(match[0]);
    if (!URL.canParse(value)) continue;
    if (match.index > end) parts.push({ kind: 'text', value: text.slice(end, match.index) });
    parts.push({ kind: 'link', value });
    end = match.index + value.length;
  }
  if (end < text.length) parts.push({ kind: 'text', value: text.slice(end) });
  return parts;
}

/** Drops what belongs to the sentence: closing punctuation, and brackets that were not opened within the link. */
function trimLink(found: string): string {
  let value = found.replace(trailing, '');
  for (const [open, close] of [
    ['(', ')'],
    ['[', ']'],
  ] as const) {
    while (value.endsWith(close) && value.split(close).length > value.split(open).length) {
      value = value.slice(0, -1).replace(trailing, '');
    }
  }
  return value;
}

const emoji =
  /^(?:\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*)+$/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Whether the text is one to three emoji and nothing else: those are shown large. */
export function isEmojiOnly(text: string): boolean {
  const compact = text.replace(/\s/g, '');
  return compact.length <= 64 && emoji.test(compact) && [...graphemes.segment(compact)].length <= 3;
}

/** The first letters of the first and last word, for an avatar without a picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0] ?? '';
  const last = words.length > 1 ? (words.at(-1) ?? '') : '';
  return (firstGrapheme(first) + firstGrapheme(last)).toLocaleUpperCase();
}

function firstGrapheme(word: string): string {
  return graphemes.segment(word)[Symbol.iterator]().next().value?.segment ?? '';
}

/** Length as the server counts it: in code points. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** A number from 0 to 359 that is always the same for the same text. */
export function hueOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % 360;
}

/** Whether it is an address that a browser asks over https. */
export function isHttps(url: string): boolean {
  return URL.canParse(url) && /^https:\/\/[^\s]+$/i.test(url);
}
