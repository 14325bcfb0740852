import type { Tpm } from '@asterism/tpm';
import { extendMeasuredLaunch, planMeasuredLaunch } from '@asterism/tpm';
import { createSoftwareTpm, startSoftwareTpm, type SoftwareTpm } from '@asterism/tpm-device';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TpmHost } from './tpm-host.ts';
import { until } from './until.ts';

const WORKSPACE = resolve(import.meta.dirname, '../../..');

/** What an agent says of itself in its status file. */
export interface MachineStatus {
  readonly state: string;
  readonly node: string | null;
  readonly reason: string | null;
  readonly findings: readonly {
    readonly code: string;
    readonly claim: string;
    readonly event?: string;
    readonly got: string | null;
  }[];
  readonly stateDiskKeySha256: string | null;
  readonly stateDiskFault: string | null;
}

export interface TestMachineOptions {
  /** Folder of the `up` whose cluster it wants to join. */
  readonly data: string;
  readonly name: string;
  readonly pool?: 'workers' | 'control-plane';
  /** Changes the agent before it is measured and run. */
  readonly bundle?: (agent: Uint8Array) => Uint8Array;
  /** Pretends to have booted something else: what is measured in place of what runs. */
  readonly measured?: { readonly kernelCommandLine?: string };
}

/**
 * A machine beside those of `up`, with a software TPM of the same authority, whose host is the test: it boots the built
 * agent as the launcher does, and can kill, reboot and tamper.
 */
export class TestMachine {
  readonly folder: string;
  readonly #options: TestMachineOptions;
  readonly #tpm: SoftwareTpm;
  #host: TpmHost;
  #agent: ChildProcess | null = null;

  private constructor(folder: string, options: TestMachineOptions, tpm: SoftwareTpm, host: TpmHost) {
    this.folder = folder;
    this.#options = options;
    this.#tpm = tpm;
    this.#host = host;
  }

  /** Makes the machine and boots it; the agent is not started yet. */
  static async create(options: TestMachineOptions): Promise<TestMachine> {
    const folder = await mkdtemp(join(tmpdir(), 'asterism-machine-'));
    const directory = join(folder, 'tpm');
    await createSoftwareTpm({
      directory,
      certificateAuthority: { directory: join(options.data, 'ca/software-tpm') },
    });
    await writeFile(join(folder, 'state.img'), '');
    await truncate(join(folder, 'state.img'), 32 * 1024 * 1024);
    const tpm = await startSoftwareTpm({ directory });
    const host = await TpmHost.open(tpm.dataSocket, join(folder, 'tpm.sock'));
    const machine = new TestMachine(folder, options, tpm, host);
    await machine.#boot();
    return machine;
  }

  get #shared(): string {
    return join(this.#options.data, 'shared', `${this.#options.pool ?? 'workers'}.json`);
  }

  async #boot(): Promise<void> {
    const { bundle = (bytes: Uint8Array) => bytes, measured } = this.#options;
    const agent = bundle(await readFile(join(WORKSPACE, 'dist/node-agent/main.js')));
    await writeFile(join(this.folder, 'agent.js'), agent);
    const launch = await planMeasuredLaunch({
      agentBundle: agent,
      sharedConfiguration: await readFile(this.#shared),
      kernelVersion: await readFile('/proc/version', 'utf8'),
      kernelCommandLine: measured?.kernelCommandLine ?? (await readFile('/proc/cmdline', 'utf8')),
    });
    await extendMeasuredLaunch(this.#host.tpm(), launch);
    await writeFile(join(this.folder, 'event-log.bin'), launch.eventLog);
    const configuration = {
      schema: 'asterism/agent/v1',
      stateDirectory: join(this.folder, 'state'),
      tpm: `unix:${join(this.folder, 'tpm.sock')}`,
      ekIssuers: join(this.#options.data, 'ca/software-tpm-issuers.pem'),
      eventLog: join(this.folder, 'event-log.bin'),
      stateDisk: {
        id: `${this.#options.name}-state`,
        device: join(this.folder, 'state.img'),
        activation: 'header-only',
      },
      logLevel: 'debug',
      statusFile: join(this.folder, 'status.json'),
    };
    await writeFile(join(this.folder, 'agent.json'), JSON.stringify(configuration));
  }

  /** The host's own access to the machine's TPM. */
  tpm(): Tpm {
    return this.#host.tpm();
  }

  startAgent(): void {
    const agent = spawn(
      process.execPath,
      [join(this.folder, 'agent.js'), '--shared', this.#shared, '--config', join(this.folder, 'agent.json')],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#agent = agent;
    const log = createWriteStream(join(this.folder, 'agent.log'), { flags: 'a' });
    agent.stdout.pipe(log, { end: false });
    agent.stderr.pipe(log, { end: false });
    agent.once('close', () => log.end());
  }

  get agentRuns(): boolean {
    return this.#agent !== null && this.#agent.exitCode === null && this.#agent.signalCode === null;
  }

  async endAgent(signal: NodeJS.Signals): Promise<void> {
    const agent = this.#agent;
    this.#agent = null;
    if (agent === null || agent.exitCode !== null || agent.signalCode !== null) return;
    const ended = once(agent, 'exit');
    agent.kill(signal);
    await ended;
  }

  /** Power goes and comes back: the agent ends without a word, PCRs are zero, the launch is measured again. */
  async reboot(): Promise<void> {
    await this.endAgent('SIGKILL');
    await this.#host.close();
    await this.#tpm.reboot();
    this.#host = await TpmHost.open(this.#tpm.dataSocket, join(this.folder, 'tpm.sock'));
    await this.#boot();
    await rm(join(this.folder, 'status.json'), { force: true });
    this.startAgent();
  }

  async status(): Promise<MachineStatus | null> {
    const text = await readFile(join(this.folder, 'status.json'), 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as MachineStatus);
  }

  /** Waits for one of these states. @throws Error with the end of the agent's log */
  reaches(...states: readonly string[]): Promise<MachineStatus> {
    return this.shows(states.join(' or '), ({ state }) => states.includes(state));
  }

  /** Waits until the agent's status is like that. @throws Error with the end of the agent's log */
  async shows(what: string, isLikeThat: (status: MachineStatus) => boolean): Promise<MachineStatus> {
    try {
      return await until(`the agent is ${what}`, async () => {
        const status = await this.status();
        return status !== null && isLikeThat(status) ? status : undefined;
      });
    } catch (error) {
      const log = await this.log();
      const seen = JSON.stringify(await this.status());
      throw new Error(`${(error as Error).message}; ${seen}\n${log.slice(-4_000)}`, { cause: error });
    }
  }

  log(): Promise<string> {
    return readFile(join(this.folder, 'agent.log'), 'utf8').catch(() => '');
  }

  async dispose(): Promise<void> {
    await this.endAgent('SIGKILL');
    await this.#host.close();
    await this.#tpm.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
