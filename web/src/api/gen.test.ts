import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import { expect, test } from 'vitest';
import { config } from '../../openapi-ts.config';

/** Every file below `folder`, by its path. */
async function readTree(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.sort().map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')]);
  return Object.fromEntries(await Promise.all(files));
}

test('the generated client is what `npm run gen` makes of docs/openapi.json', { timeout: 30_000 }, async () => {
  const output = await mkdtemp(join(tmpdir(), 'trice-gen-'));
  try {
    await createClient({ ...config, output, logs: { level: 'silent', file: false } });
    expect(await readTree(output)).toEqual(await readTree(join(import.meta.dirname, 'gen')));
  } finally {
    await rm(output, { recursive: true });
  }
});
