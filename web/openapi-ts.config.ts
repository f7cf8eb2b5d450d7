import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type UserConfig } from '@hey-api/openapi-ts';

// Every number of the API fits a JavaScript number; `int64` would turn them into bigint in the Zod schemas.
const document: Record<string, unknown> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../docs/openapi.json'), 'utf8'),
  (key, value) => (key === 'format' && value === 'int64' ? undefined : value),
);

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
