// Prints the compressed JavaScript of the app, and fails when the first load of a page where people arrive is above the
// limit. The first load of a page is what index.html names, and the parts that the page is made of, with all that they
// import. What is loaded later, because somebody opens a dialog or the settings, is in the table only.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const limit = 170_000;
const assets = 'dist/assets';

/** Which parts a page is made of, by the names of their files. Whoever is logged in has the chat around everything. */
const pages = {
  'log in': ['LoginPage'],
  register: ['RegisterPage'],
  chats: ['chat'],
};

const chunks = new Map();
for (const name of (await readdir(assets)).filter((name) => name.endsWith('.js'))) {
  const code = await readFile(join(assets, name), 'utf8');
  chunks.set(name, {
    gzip: (await stat(join(assets, `${name}.gz`))).size,
    br: (await stat(join(assets, `${name}.br`))).size,
    imports: [...code.matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+\.js)["'`]/g)].map((match) => match[1]),
    onDemand: [...code.matchAll(/import\(\s*["'`]\.\/([^"'`]+\.js)["'`]/g)].map((match) => match[1]),
  });
}

/** The chunk and everything that it imports statically. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of chunks.get(name)?.imports ?? []) closure(next, seen);
  return seen;
}

/** The file that a part was built into. A part that is gone, or has another name, must not count as nothing. */
function built(part) {
  const name = [...chunks.keys()].find((name) => name.startsWith(`${part}-`));
  if (!name) throw new Error(`There is no ${part} in ${assets}.`);
  return name;
}

const sum = (names, key) => [...names].reduce((total, name) => total + (chunks.get(name)?.[key] ?? 0), 0);

const html = await readFile('dist/index.html', 'utf8');
const named = [...html.matchAll(/(?:src|href)="\/assets\/([^" ]+\.js)"/g)].map((match) => match[1]);
const entry = new Set(named.flatMap((name) => [...closure(name)]));
const firstLoads = Object.entries(pages).map(([page, parts]) => [
  page,
  new Set([...entry, ...parts.flatMap((part) => [...closure(built(part))])]),
]);

/** Everything that the app may ever load. The page for developers is no part of it. */
const app = new Set();
for (const next = [...entry]; next.length > 0; ) {
  const name = next.pop();
  if (app.has(name)) continue;
  app.add(name);
  next.push(...(chunks.get(name)?.imports ?? []), ...(chunks.get(name)?.onDemand ?? []));
}

const row = (name, names) => ({ name, gzip: sum(names, 'gzip'), br: sum(names, 'br') });
console.table([
  ...[...app].sort().map((name) => row(name, [name])),
  row('everything', app),
  row('index.html', entry),
  ...firstLoads.map(([page, names]) => row(`first load: ${page}`, names)),
]);
for (const [page, names] of firstLoads) {
  if (sum(names, 'gzip') <= limit) continue;
  console.error(
    `The first load of "${page}" is ${sum(names, 'gzip')} bytes of gzipped JavaScript; the limit is ${limit}.`,
  );
  process.exitCode = 1;
}
