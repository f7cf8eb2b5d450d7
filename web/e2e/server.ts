import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@playwright/test';

/** Names the server that a test may start, and kill; `scripts/e2e` gives it a database of its own. */
export const program = process.env.TRICE_PROGRAM;
const database = process.env.DATABASE_URL ?? '';

/** A server of a test's own: the one that all share is nobody's to kill, nor is its database anybody's to fill. */
export class Server {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly port: number,
    private readonly folder: string,
  ) {}

  static async create(): Promise<Server> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const address = probe.address();
    probe.close();
    const port = typeof address === 'object' && address ? address.port : 0;
    return new Server(port, await mkdtemp(join(tmpdir(), 'trice-e2e-')));
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  async start(): Promise<void> {
    this.process = spawn(program ?? '', [], {
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH,
        APP_ENV: 'development',
        HOST: '127.0.0.1',
        PORT: String(this.port),
        DATA_DIR: this.folder,
        DATABASE_URL: database,
        RATE_LIMITS: 'off',
      },
    });
    const ready = () =>
      fetch(`${this.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(ready, { timeout: 60_000 }).toBe(true);
  }

  /** As a power cut does it: nothing can be said any more. */
  async kill(): Promise<void> {
    if (!this.process) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
    this.process = undefined;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true });
  }

  /** What the API would take very long for. */
  async sql(statements: string): Promise<void> {
    await promisify(execFile)('psql', ['-v', 'ON_ERROR_STOP=1', '-qc', statements, database]);
  }
}
