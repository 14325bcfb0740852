import { spkiSha256, parseCertificate, parsePem } from '@asterism/x509';
import type { PolicyOf } from '@asterism/contracts';
import { toHex } from '@asterism/bytes';
import {
  createSoftwareTpm,
  openTpmUnixSocket,
  readSoftwareTpmAuthority,
  startSoftwareTpm,
  type SoftwareTpm,
} from '@asterism/tpm-device';
import { extendMeasuredLaunch, measureLaunch, EVENT_TYPE, Tpm, type MeasuredLaunch } from '@asterism/tpm';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Status } from '../status/status-file.ts';

export interface AgentEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

const LAUNCHED = [
  {
    pcr: 4,
    eventType: EVENT_TYPE.EV_IPL,
    description: 'agent bundle',
    digestOf: new TextEncoder().encode('agent'),
  },
  {
    pcr: 11,
    eventType: EVENT_TYPE.EV_IPL,
    description: 'configuration',
    digestOf: new TextEncoder().encode('shared'),
  },
];

/** A machine with a software TPM of its own authority, on which a test runs the real agent as a process. */
export class TestMachine {
  readonly directory: string;
  readonly launch: MeasuredLaunch;
  readonly #bundle: string;
  readonly #tpm: SoftwareTpm;
  #agent: ChildProcess | null = null;
  #log = '';

  private constructor(directory: string, bundle: string, tpm: SoftwareTpm, launch: MeasuredLaunch) {
    this.directory = directory;
    this.#bundle = bundle;
    this.#tpm = tpm;
    this.launch = launch;
  }

  /** @param bundle the agent's, as `tools/build` makes it */
  static async create(bundle: string): Promise<TestMachine> {
    const directory = await mkdtemp(join(tmpdir(), 'asterism-agent-'));
    const tpmDirectory = join(directory, 'tpm');
    const certificateAuthority = { directory: join(directory, 'ca') };
    await createSoftwareTpm({ directory: tpmDirectory, certificateAuthority });
    const { root, issuer } = await readSoftwareTpmAuthority(certificateAuthority);
    await writeFile(join(directory, 'issuers.pem'), `${issuer}\n${root}`);
    await mkdir(join(directory, 'state'));
    await writeBlankDisk(join(directory, 'state.img'));
    const tpm = await startSoftwareTpm({ directory: tpmDirectory });
    const launch = await measureLaunch(LAUNCHED, 'sha256');
    const machine = new TestMachine(directory, bundle, tpm, launch);
    await writeFile(join(directory, 'event-log.bin'), launch.eventLog);
    await machine.#measure();
    return machine;
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  /** A file: real LUKS2, without the kernel's part. */
  get stateDisk() {
    return { id: 'disk-1', device: this.file('state.img'), activation: 'header-only' } as const;
  }

  get log(): string {
    return this.#log;
  }

  get pid(): number {
    return this.#agent?.pid ?? 0;
  }

  /** What this machine's pool accepts: its measurements, and TPMs of its authority. */
  async policy(): Promise<PolicyOf<'tpm'>> {
    const [, root] = parsePem(await readFile(this.file('issuers.pem'), 'utf8'));
    const digest = await spkiSha256(parseCertificate(root ?? new Uint8Array()));
    return policyOf(this.launch, {
      trust: 'endorsement-key',
      roots: [{ name: 'test authority', spkiSha256: digest }],
      allow: 'any',
    });
  }

  async configure(shared: unknown, own: Record<string, unknown> = {}): Promise<void> {
    await writeFile(this.file('shared.json'), JSON.stringify(shared));
    await writeFile(
      this.file('agent.json'),
      JSON.stringify({
        schema: 'asterism/agent/v1',
        stateDirectory: this.file('state'),
        tpm: `unix:${this.#tpm.dataSocket}`,
        eventLog: this.file('event-log.bin'),
        ekIssuers: this.file('issuers.pem'),
        stateDisk: this.stateDisk,
        logLevel: 'debug',
        statusFile: this.file('status.json'),
        ...own,
      }),
    );
  }

  /** @param coreFiles whether the agent leaves one in this machine's directory when it is aborted */
  start({ coreFiles = false } = {}): void {
    const files = ['--config', this.file('agent.json'), '--shared', this.file('shared.json')];
    const limit = `ulimit -c ${coreFiles ? 'unlimited' : '0'}; exec "$@"`;
    const agent = spawn('sh', ['-c', limit, 'sh', process.execPath, this.#bundle, ...files], {
      cwd: this.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (chunk: Buffer) => (this.#log += chunk.toString());
    agent.stdout.on('data', collect);
    agent.stderr.on('data', collect);
    this.#agent = agent;
  }

  async end(signal: NodeJS.Signals): Promise<AgentEnd> {
    const agent = this.#agent;
    if (agent === null) throw new Error('no agent runs');
    const ended = this.ended();
    agent.kill(signal);
    return ended;
  }

  /** How the agent ends by itself. */
  async ended(): Promise<AgentEnd> {
    const agent = this.#agent;
    if (agent === null) throw new Error('no agent runs');
    if (agent.exitCode === null && agent.signalCode === null) await once(agent, 'close');
    this.#agent = null;
    return { code: agent.exitCode, signal: agent.signalCode };
  }

  /** Powers the TPM off and on and measures again; the agent must have ended. */
  async reboot(): Promise<void> {
    await this.#tpm.reboot();
    await this.#measure();
  }

  /** Extends a PCR behind the agent's back. Only while no agent holds the TPM. */
  async extend(pcr: number): Promise<void> {
    await this.#withTpm((tpm) => tpm.pcrExtend(pcr, new Map([['sha256', new Uint8Array(32).fill(7)]])));
  }

  async pcr(index: number): Promise<string> {
    let value = '';
    await this.#withTpm(async (tpm) => {
      value = toHex((await tpm.pcrRead('sha256', [index])).get(index) ?? new Uint8Array());
    });
    return value;
  }

  async status(): Promise<Status | null> {
    const text = await readFile(this.file('status.json'), 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as Status);
  }

  /** Waits until the status of the running agent fits. */
  async until(fits: (status: Status) => boolean, milliseconds = 15_000): Promise<Status> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const status = await this.status();
      if (status?.pid === this.pid && fits(status)) return status;
      if (Date.now() > deadline) {
        throw new Error(
          `status is ${JSON.stringify(status)}; log:\n${this.#log.split('\n').slice(-25).join('\n')}`,
        );
      }
      await wait(20);
    }
  }

  async destroy(): Promise<void> {
    if (this.#agent !== null) await this.end('SIGKILL');
    await this.#tpm.stop();
    await rm(this.directory, { recursive: true });
  }

  #measure(): Promise<void> {
    return this.#withTpm((tpm) => extendMeasuredLaunch(tpm, this.launch));
  }

  async #withTpm(use: (tpm: Tpm) => Promise<void>): Promise<void> {
    const tpm = new Tpm(await openTpmUnixSocket(this.#tpm.dataSocket));
    try {
      await use(tpm);
    } finally {
      await tpm.close();
    }
  }
}

/** As big as a LUKS2 header with its keyslots, and some data. */
export async function writeBlankDisk(file: string): Promise<void> {
  await writeFile(file, '');
  await truncate(file, 32 * 1024 * 1024);
}

export function policyOf(
  launch: MeasuredLaunch,
  attestationKey: PolicyOf<'tpm'>['tpm']['attestationKey'],
): PolicyOf<'tpm'> {
  const pcrs = [...launch.expectedPcrs].map(([pcr, value]) => [
    String(pcr),
    { mode: 'enforce' as const, values: [{ digest: toHex(value), comment: 'test launch' }] },
  ]);
  return {
    schema: 'asterism/policy/v1',
    variant: 'tpm',
    reattestationInterval: 60,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    tpm: { bank: 'sha256', pcrs: Object.fromEntries(pcrs), attestationKey, eventLog: 'required' },
  };
}
