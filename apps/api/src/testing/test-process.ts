import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createTlsIdentity } from '@asterism/attested-tls';
import type { Ready } from '../start/ready-file.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const run = promisify(execFile);

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly code?: string;
  readonly [field: string]: unknown;
}

/** The bundle as it is shipped, in a folder outside the workspace, with all that it needs to start. */
export class ApiInstallation {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #started: ApiProcess[] = [];

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.environment = environment;
  }

  static async make(): Promise<ApiInstallation> {
    const folder = await mkdtemp(join(tmpdir(), 'asterism-api-'));
    await chmod(folder, 0o711);
    const file = (name: string) => join(folder, name);
    await run(
      process.execPath,
      ['tools/build/build-app.ts', 'api', '--standalone', '--out', file('bundle')],
      { cwd: ROOT },
    );
    const tls = await createTlsIdentity(new Date(), (length) => new Uint8Array(randomBytes(length)));
    await writeFile(file('tls.pem'), tls.certificate);
    await writeFile(file('tls.key'), tls.privateKey, { mode: 0o600 });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(file('identity.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
    });
    await writeFile(file('seal.key'), randomBytes(32), { mode: 0o600 });
    return new ApiInstallation(folder, {
      ASTERISM_DATA: file('data'),
      ASTERISM_OPERATOR_LISTEN: '127.0.0.1:0',
      ASTERISM_NODE_LISTEN: '127.0.0.1:0',
      ASTERISM_TLS_CERTIFICATE: file('tls.pem'),
      ASTERISM_TLS_KEY: file('tls.key'),
      ASTERISM_IDENTITY_KEY: file('identity.pem'),
      ASTERISM_SEAL: `key-file:${file('seal.key')}`,
      ASTERISM_ADMIN_TOKEN_FILE: file('token'),
    });
  }

  /** `change` sets variables, or takes them away with undefined. */
  start(change: Readonly<Record<string, string | undefined>> = {}): ApiProcess {
    const started = new ApiProcess(this, change);
    this.#started.push(started);
    return started;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Variables of an API with a data directory of its own. */
  data(name: string) {
    return { ASTERISM_DATA: this.file(name), ASTERISM_ADMIN_TOKEN_FILE: this.file(`${name}.token`) };
  }

  /** First token of an API that was started with `data(name)`. */
  async tokenOf(name: string): Promise<string> {
    return (await readFile(this.file(`${name}.token`), 'utf8')).trim();
  }

  token(): Promise<string> {
    return readFile(join(this.folder, 'token'), 'utf8').then((text) => text.trim());
  }

  async remove(): Promise<void> {
    for (const each of this.#started) await each.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

let processes = 0;

export class ApiProcess {
  readonly child: ChildProcess;
  readonly readyFile: string;
  /** Exit status, or the signal's name. */
  readonly ended: Promise<number | string>;
  readonly #log: string[] = [];

  constructor(installation: ApiInstallation, change: Readonly<Record<string, string | undefined>>) {
    this.readyFile = join(installation.folder, `ready-${++processes}.json`);
    const env = { ...installation.environment, ASTERISM_READY_FILE: this.readyFile, ...change };
    this.child = spawn(process.execPath, [join(installation.folder, 'bundle/main.js')], {
      cwd: '/',
      env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => void this.#log.push(chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => void this.#log.push(chunk.toString()));
    this.ended = once(this.child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  }

  /** @throws where the process ends before */
  async ready(): Promise<Ready> {
    const ended = this.ended.then((end) => {
      throw new Error(`the API ended with ${end}: ${this.text}`);
    });
    const appeared = async () => {
      while (
        !(await access(this.readyFile).then(
          () => true,
          () => false,
        ))
      )
        await sleep(20);
    };
    await Promise.race([appeared(), ended]);
    return JSON.parse(await readFile(this.readyFile, 'utf8')) as Ready;
  }

  get text(): string {
    return this.#log.join('');
  }

  get lines(): LogLine[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** @returns how it ended */
  stop(): Promise<number | string> {
    this.signal('SIGTERM');
    return this.ended;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
