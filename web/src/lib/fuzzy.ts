/** Text as it is compared: without case and accents. */
function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}

/**
 * How well `text` fits what was typed: null when it does not, else the higher the better. Each typed word must begin a
 * word, stand somewhere in it, or at least have its letters there in their order.
 */
export function fuzzyScore(query: string, text: string): number | null {
  const haystack = plain(text);
  let score = 0;
  for (const word of plain(query).split(/\s+/).filter(Boolean)) {
    const found = wordScore(word, haystack);
    if (found === null) return null;
    score += found;
  }
  // Of two that fit alike, the shorter one has less that was not asked for.
  return score - haystack.length / 1000;
}

function wordScore(word: string, haystack: string): number | null {
  const at = haystack.indexOf(word);
  if (at === 0) return 100;
  if (at > 0) return startsWord(word, haystack) ? 80 : 50;
  // Few letters in their order are found in nearly everything.
  return word.length >= 3 && hasInOrder(word, haystack) ? 10 : null;
}

function startsWord(word: string, haystack: string): boolean {
  for (let at = haystack.indexOf(word); at >= 0; at = haystack.indexOf(word, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(haystack[at - 1] ?? '')) return true;
  }
  return false;
}

function hasInOrder(word: string, haystack: string): boolean {
  let at = 0;
  for (const letter of word) {
    at = haystack.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** What fits, the best first; all of it in its own order when nothing is asked for. */
export function fuzzyFilter<T>(query: string, items: T[], textOf: (item: T) => string): T[] {
  if (query.trim() === '') return items;
  return items
    .flatMap((item) => {
      const score = fuzzyScore(query, textOf(item));
      return score === null ? [] : [{ item, score }];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}
