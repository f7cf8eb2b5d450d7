import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type UserConfig } from '@hey-api/openapi-ts';

const document: Record<string, unknown> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../docs/openapi.json'), 'utf8'),
  (key, value) => (unfit(key, value) ? undefined : value),
);

/**
 * What would make the Zod schemas wrong: every number of the API fits a JavaScript number, which `int64` turns into a
 * bigint; and escapes in a pattern are written as the characters they stand for, line breaks and NUL too.
 */
function unfit(key: string, value: unknown): boolean {
  return (key === 'format' && value === 'int64') || (key === 'pattern' && String(value).includes('\\u'));
}

export const config = {
  input: document,
  output: 'src/api/gen',
  plugins: [
    '@hey-api/typescript',
    { name: '@hey-api/client-fetch', throwOnError: true },
    { name: '@hey-api/sdk', responseStyle: 'data' },
    { name: 'zod', compatibilityVersion: 'mini', requests: false, responses: false },
  ],
} satisfies UserConfig;

export default defineConfig(config);
