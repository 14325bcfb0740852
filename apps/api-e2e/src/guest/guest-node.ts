import { extendMeasuredLaunch, planMeasuredLaunch, type MeasuredLaunch } from '@asterism/tpm';
import { createSoftwareTpm, startSoftwareTpm, type SoftwareTpm } from '@asterism/tpm-device';
import { startGuest, type GuestMachine } from '@asterism/testkit/guest-machine';
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TpmHost } from '../tpm-host.ts';
import { until } from '../until.ts';
import type { MachineStatus } from '../test-machine.ts';
import { HOST_ADDRESS, MACHINE, PORTS, STATE } from './addresses.ts';
import { GuestNetwork } from './guest-network.ts';
import { PassingSocket } from './passing-socket.ts';

const BUNDLE = resolve(import.meta.dirname, '../../../../dist/node-agent/main.js');
const DISK_BYTES = 96 * 1024 * 1024;
const MEMORY_MB = 384;

export interface GuestNodeOptions {
  /** Folder of the `up` whose cluster it wants to join. */
  readonly data: string;
  readonly nodeUrl: string;
  readonly pool: string;
  readonly stateDiskId: string;
}

/** A machine with a kernel, a network and a disk of its own, whose host is the test: swtpm and disk image are its to touch. */
export class GuestNode {
  readonly folder: string;
  readonly launch: MeasuredLaunch;
  readonly #tpm: SoftwareTpm;
  readonly #parts: AsyncDisposableStack;
  #power: AsyncDisposableStack | null = null;
  #guest: GuestMachine | null = null;

  private constructor(folder: string, launch: MeasuredLaunch, tpm: SoftwareTpm, parts: AsyncDisposableStack) {
    this.folder = folder;
    this.launch = launch;
    this.#tpm = tpm;
    this.#parts = parts;
  }

  static async create(options: GuestNodeOptions): Promise<GuestNode> {
    await using parts = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'asterism-guest-node-'));
    parts.defer(() => rm(folder, { recursive: true, force: true }));
    const file = (name: string): string => join(folder, name);
    await writeFile(file('disk.img'), '');
    await truncate(file('disk.img'), DISK_BYTES);
    await copyFile(BUNDLE, file('agent.mjs'));
    await copyFile(join(options.data, 'ca/software-tpm-issuers.pem'), file('issuers.pem'));
    const shared = await writeConfigurations(file, options);
    const directory = file('tpm');
    await createSoftwareTpm({
      directory,
      certificateAuthority: { directory: join(options.data, 'ca/software-tpm') },
    });
    const tpm = parts.adopt(await startSoftwareTpm({ directory }), (it) => it.stop());
    parts.use(await PassingSocket.open(file('api.sock'), new URL(options.nodeUrl)));
    const launch = await planMeasuredLaunch({
      agentBundle: await readFile(BUNDLE),
      sharedConfiguration: shared,
      kernelVersion: 'guest kernel',
      kernelCommandLine: 'guest command line',
    });
    await writeFile(file('event-log.bin'), launch.eventLog);
    return new GuestNode(folder, launch, tpm, parts.move());
  }

  /** Power comes on: the TPM is reset and the launch measured, the guest boots, its agent starts. */
  async boot(): Promise<void> {
    await using power = new AsyncDisposableStack();
    await rm(join(this.folder, 'status.json'), { force: true });
    await this.#tpm.reboot();
    const socket = join(this.folder, 'tpm.sock');
    const host = power.adopt(await TpmHost.open(this.#tpm.dataSocket, socket), (it) => it.close());
    await extendMeasuredLaunch(host.tpm(), this.launch);
    const ports = { [PORTS.api]: join(this.folder, 'api.sock'), [PORTS.tpm]: socket };
    const network = power.adopt(await GuestNetwork.open(ports), (it) => it.close());
    const guest = power.use(
      await startGuest({
        program: new URL('./node-program.ts', import.meta.url),
        disks: [this.disk],
        memoryMb: MEMORY_MB,
        kernel: [network.device],
        within: network.enter,
      }),
    );
    await guest.call('setUp', this.folder);
    await guest.call('startAgent');
    this.#guest = guest;
    this.#power = power.move();
  }

  /** Power goes: nothing inside learns of it. */
  async powerOff(): Promise<void> {
    this.#guest = null;
    await this.#power?.disposeAsync();
    this.#power = null;
  }

  get disk(): string {
    return join(this.folder, 'disk.img');
  }

  get guest(): GuestMachine {
    if (this.#guest === null) throw new Error('the guest is off');
    return this.#guest;
  }

  /** Waits until the agent's status is like that. @throws Error with the ends of its log and the console */
  async shows(what: string, isLikeThat: (status: MachineStatus) => boolean): Promise<MachineStatus> {
    try {
      return await until(`the guest's agent ${what}`, async () => {
        const text = await readFile(join(this.folder, 'status.json'), 'utf8').catch(() => 'null');
        const status = JSON.parse(text) as MachineStatus | null;
        return status !== null && isLikeThat(status) ? status : undefined;
      });
    } catch (error) {
      const log = await readFile(join(this.folder, 'agent.log'), 'utf8').catch(() => '');
      const console = this.#guest?.console().slice(-1_000) ?? 'the guest is off';
      throw new Error(`${(error as Error).message}\n${log.slice(-3_000)}\n${console}`, { cause: error });
    }
  }

  becomesMember(): Promise<MachineStatus> {
    return this.shows('is a member', ({ state, reason }) => state === 'member' && reason === null);
  }

  async dispose(): Promise<void> {
    await this.powerOff();
    await this.#parts.disposeAsync();
  }
}

async function writeConfigurations(
  file: (name: string) => string,
  { data, pool, stateDiskId }: GuestNodeOptions,
): Promise<Uint8Array> {
  const inside = (name: string): string => `${MACHINE}/${name}`;
  const own = {
    schema: 'asterism/agent/v1',
    stateDirectory: inside('state'),
    tpm: `tcp:${HOST_ADDRESS}:${PORTS.tpm}`,
    ekIssuers: inside('issuers.pem'),
    eventLog: inside('event-log.bin'),
    stateDisk: { id: stateDiskId, device: '/dev/ubda', mountPoint: STATE },
    logLevel: 'debug',
    statusFile: inside('status.json'),
  };
  await writeFile(file('agent.json'), JSON.stringify(own));
  // As its pool's would be: of another pool of the same API, at an address that the guest can reach.
  const workers = JSON.parse(await readFile(join(data, 'shared/workers.json'), 'utf8')) as { api: object };
  const api = { ...workers.api, url: `https://${HOST_ADDRESS}:${PORTS.api}` };
  await writeFile(file('shared.json'), JSON.stringify({ ...workers, pool, api }));
  return new Uint8Array(await readFile(file('shared.json')));
}
