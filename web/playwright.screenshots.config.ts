import { defineConfig } from '@playwright/test';
import base from './playwright.config.ts';

// Pictures of every page and state, for people to look at: `make screenshots`.
export default defineConfig({
  ...base,
  testDir: 'screenshots',
  timeout: 600_000,
  expect: { timeout: 30_000 },
  use: { ...base.use, trace: 'off' },
});
