declare global {
  interface Window {
    /** What `boot.js` has asked for before the app was there, in the name of whoever has this token. */
    askedEarly?: { token: string; answers: Map<string, Promise<Response | null>> };
  }
}

/** Whether some of it was not taken yet. */
export function isAskedEarly(): boolean {
  return (window.askedEarly?.answers.size ?? 0) > 0;
}

/** After this it would not be news any more. */
const freshFor = 10_000;

/** The answer that is under way already; each is taken once. Null when there is none, or it did not come. */
export async function takeEarly({ method, url }: Request, token: string): Promise<Response | null> {
  const early = window.askedEarly;
  const answer = method === 'GET' && early?.token === token ? early.answers.get(url) : undefined;
  if (!answer) return null;
  early?.answers.delete(url);
  return performance.now() < freshFor ? answer : null;
}
