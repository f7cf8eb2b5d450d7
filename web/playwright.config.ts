import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const browsers = [
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
// Without any of these, Playwright looks for the browser that it installed itself.
const executablePath = process.env.CHROMIUM ?? browsers.find(existsSync);

// The server is started by whoever runs the tests: TRICE_URL says where it is.
export default defineConfig({
  testDir: 'e2e',
  timeout: 60_000,
  // What must happen does, however busy the machine is.
  expect: { timeout: 15_000 },
  workers: 1,
  // A machine that is busy with something else makes people wait longer than they do here; what fails twice is wrong.
  retries: 1,
  reporter: 'list',
  use: {
    baseURL: process.env.TRICE_URL ?? 'http://127.0.0.1:8000',
    // A certificate of its own is what a Trice for tests has.
    ignoreHTTPSErrors: process.env.TRICE_URL?.startsWith('https:') ?? false,
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    trace: 'retain-on-failure',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
