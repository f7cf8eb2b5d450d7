// Puts the best of the pictures that `make screenshots` took into docs/images, small enough for the README.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from '@playwright/test';

/** What the README shows, where it comes from, and how wide it is there. */
const pictures = {
  'chat.webp': { from: 'light-wide-conversation-group', width: 1280 },
  'members.webp': { from: 'light-wide-members', width: 1280 },
  'phone-chats.webp': { from: 'dark-phone-chats', width: 390 },
  'phone-chat.webp': { from: 'dark-phone-conversation-tandem', width: 390 },
};

const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium'].find(existsSync);
const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
const page = await browser.newPage();
for (const [name, { from, width }] of Object.entries(pictures)) {
  const picture = await readFile(new URL(`../screenshots/out/${from}.png`, import.meta.url), 'base64');
  const webp = await page.evaluate(
    async ({ picture, width }) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), {
        width,
        height: Math.round((image.height * width) / image.width),
      });
      const context = canvas.getContext('2d');
      context.imageSmoothingQuality = 'high';
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL('image/webp', 0.85).split(',')[1];
    },
    { picture, width },
  );
  await writeFile(new URL(`../../docs/images/${name}`, import.meta.url), webp, 'base64');
}
await browser.close();
