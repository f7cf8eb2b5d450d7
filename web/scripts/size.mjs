// Prints the compressed JavaScript of a first visit to the app, and fails above the limit. A first visit loads what
// index.html names, and the heaviest of the parts that are loaded on demand, with one that this part loads on demand, and
// so on.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const limit = 170_000;
const assets = 'dist/assets';

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

const sum = (names, key) => [...names].reduce((total, name) => total + (chunks.get(name)?.[key] ?? 0), 0);

const html = await readFile('dist/index.html', 'utf8');
const named = [...html.matchAll(/assets\/([^"]+\.js)"/g)].map((match) => match[1]);
const entry = new Set(named.flatMap((name) => [...closure(name)]));

/** The heaviest visit that goes on by loading a part on demand from what is `fresh` in it, and one from there. */
function heaviestVisit(loaded, fresh) {
  const visits = fresh
    .flatMap((name) => chunks.get(name)?.onDemand ?? [])
    .filter((name) => !loaded.has(name))
    .map((name) => {
      const added = [...closure(name)].filter((each) => !loaded.has(each));
      return heaviestVisit(new Set([...loaded, ...added]), added);
    });
  return visits.reduce((a, b) => (sum(a, 'gzip') >= sum(b, 'gzip') ? a : b), loaded);
}
const heaviest = heaviestVisit(entry, [...entry]);

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
  row('index.html', entry),
  row('first visit, at most', heaviest),
  row('everything', app),
]);
if (sum(heaviest, 'gzip') > limit) {
  console.error(`A first visit loads ${sum(heaviest, 'gzip')} bytes of gzipped JavaScript; the limit is ${limit}.`);
  process.exit(1);
}
