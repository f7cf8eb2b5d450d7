// Prints the compressed JavaScript of the app, and fails when a first load is above the limit. A first load is what
// index.html names and the heaviest page with what it shows at once. Dialogs and menus come when they are first opened:
// with the heaviest of those on top of each other it may be more.
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
const named = [...html.matchAll(/(?:src|href)="\/assets\/([^" ]+\.js)"/g)].map((match) => match[1]);
const entry = new Set(named.flatMap((name) => [...closure(name)]));

/** Shown as soon as its address is opened, without a click. */
const isPage = (name) => /(Page|pages|Settings|DeleteAccount)-/.test(name);

/** The heaviest visit that goes on by loading a part on demand from what is `fresh` in it, and one from there. */
function heaviestVisit(loaded, fresh, follows = () => true) {
  const visits = fresh
    .flatMap((name) => chunks.get(name)?.onDemand ?? [])
    .filter((name) => !loaded.has(name) && follows(name))
    .map((name) => {
      const added = [...closure(name)].filter((each) => !loaded.has(each));
      return heaviestVisit(new Set([...loaded, ...added]), added, follows);
    });
  return visits.reduce((a, b) => (sum(a, 'gzip') >= sum(b, 'gzip') ? a : b), loaded);
}
const firstLoad = heaviestVisit(entry, [...entry], isPage);
const longest = heaviestVisit(entry, [...entry]);

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
  row('first load, at most', firstLoad),
  row('with dialogs, at most', longest),
  row('everything', app),
]);
if (sum(firstLoad, 'gzip') > limit) {
  console.error(`A first load is ${sum(firstLoad, 'gzip')} bytes of gzipped JavaScript; the limit is ${limit}.`);
  process.exit(1);
}
