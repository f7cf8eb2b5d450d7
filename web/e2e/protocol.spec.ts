import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { arrive, password } from './people';

test('the example of docs/protocol.md is a bot that answers', async ({ browser, request, baseURL }, testInfo) => {
  const [bot, alice] = [await arrive(browser, 'Bot'), await arrive(browser, 'Alice')];
  const account = async ({ email, username, name: displayName }: typeof bot) => {
    const answer = await request.post('/api/v1/auth/register', { data: { email, username, password, displayName } });
    return (await answer.json()).data;
  };
  const { user } = await account(bot);
  const { accessToken } = await account(alice);
  const headers = { authorization: `Bearer ${accessToken}` };

  // Below web/, so that it finds the library there.
  await mkdir(testInfo.outputDir, { recursive: true });
  const example = join(testInfo.outputDir, 'echo.mjs');
  await copyFile(join(import.meta.dirname, '../../src/cli/schema/echo.mjs'), example);
  const running = spawn(process.execPath, [example, baseURL ?? '', bot.email, password]);
  let said = '';
  for (const stream of [running.stdout, running.stderr]) stream.on('data', (text) => (said += text));
  const ended = new Promise<number | null>((resolve) => running.on('exit', resolve));
  try {
    await expect.poll(() => said).toBe(`Listening to 0 conversations as ${bot.username}.\n`);
    const data = { type: 'direct', participantIds: [user.id] };
    const { id } = (await (await request.post('/api/v1/conversations', { headers, data })).json()).data;
    const messages = `/api/v1/conversations/${id}/messages`;
    const contents = async () => {
      const answer = await request.get(messages, { headers });
      return (await answer.json()).data.messages.map(({ content }: { content: string }) => content);
    };
    for (const content of ['!echo one', 'nothing', '!echo two'])
      await request.post(messages, { headers, data: { content, clientMessageId: randomUUID() } });
    await expect
      .poll(async () => (await contents()).toSorted())
      .toEqual(['!echo one', '!echo two', 'nothing', 'one', 'two']);
    running.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(said).toBe(`Listening to 0 conversations as ${bot.username}.\n`);
  } finally {
    running.kill('SIGKILL');
  }
});
