// Starts the real product for a test file: a fresh data folder, users, the server on a free port.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface NewUser {
  name: string;
  role: 'student' | 'professor';
  fullName: string;
}

export const className = 'CS 101 · Autumn';
export const password = 'correct horse 7';

export const ana: NewUser = { name: 'aruiz', role: 'student', fullName: 'Ana Ruiz' };
export const ben: NewUser = { name: 'bcarter', role: 'student', fullName: 'Ben Carter' };
export const professor: NewUser = { name: 'nokafor', role: 'professor', fullName: 'Ngozi Okafor' };

export class Product {
  private constructor(
    readonly url: string,
    readonly data: string,
    private readonly server: ChildProcess,
  ) {}

  /** Starts the product with some users, who all have the same password, and some settings. */
  static async start(
    users: readonly NewUser[] = [ana],
    settings: readonly string[] = [],
  ): Promise<Product> {
    const data = await mkdtemp(join(tmpdir(), 'pythonide-e2e-'));
    // The programs' own user must be able to get to its folder.
    await chmod(data, 0o755);
    for (const user of users) await addUser(data, user);
    const listening = ['serve', '--listen', '127.0.0.1:0', '--data', data, ...settings];
    const server = spawn(binary(), [...listening, '--python', variable('PYTHONIDE_PYTHON')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new Product(await addressOf(server), data, server);
  }

  /** Starts one more server over the same database and host; returns its process and where it is. */
  async startServer(): Promise<{ process: ChildProcess; url: string }> {
    const process = spawn(binary(), ['server', '--listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        DATABASE_URL: `sqlite://${this.data}/database/pythonide.db`,
        IDE_DATABASE_DIR: `${this.data}/database`,
        IDE_SECRET_KEY_FILE: `${this.data}/database/secret-key`,
        IDE_LINK: `unix:${this.data}/link/host.sock`,
      },
    });
    return { process, url: await addressOf(process) };
  }

  /** Returns the process of the product's own server. */
  async serverPid(): Promise<number> {
    const parent = this.server.pid ?? 0;
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8');
    for (const pid of children.trim().split(' ').map(Number)) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      if (words.split('\0')[1] === 'server') return pid;
    }
    throw new Error('the product has no server');
  }

  get pid(): number {
    if (this.server.pid === undefined) throw new Error('the product has not started');
    return this.server.pid;
  }

  async stop(): Promise<void> {
    if (this.server.exitCode === null && this.server.signalCode === null) {
      this.server.kill('SIGTERM');
      await once(this.server, 'exit');
    }
    await rm(this.data, { recursive: true, force: true });
  }
}

async function addUser(data: string, user: NewUser): Promise<void> {
  const words = ['users', 'add', user.name, '--role', user.role, '--full-name', user.fullName];
  const child = spawn(
    binary(),
    [...words, '--class', className, '--password-stdin', '--data', data],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  child.stdin.end(`${password}\n`);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`users add ${user.name} ended with ${code}`);
}

async function addressOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('the server has no output');
  for await (const line of createInterface(server.stdout)) {
    const address = /listening on (http:\/\/\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('the server ended before it listened');
}

function binary(): string {
  return variable('PYTHONIDE_BIN');
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} must be set for these tests`);
  return value;
}
