import { BytesError, equalBytes, fromBase64url, fromHex } from '@asterism/bytes';
import type { Attestation, StateDiskReport } from '@asterism/contracts';
import { clusterIdOf, KeysError } from '@asterism/keys';
import { StateDiskError } from '@asterism/state-disk';
import { createHash } from 'node:crypto';
import type { AgentApi } from '../api/agent-api.ts';
import type { Grant } from '../api/ticket-secrets.ts';
import { NodeError } from '../errors.ts';
import type { Machine } from '../machine/machine.ts';
import type { BootDisk } from '../state-disk/boot-disk.ts';
import { recordOf, type BootStep, type NodeRecord, type NodeRecordStore } from '../state/node-record.ts';
import type { NodeStatus } from '../status/status.ts';
import { acknowledgedBy, nextStep, type Acknowledged, type NextStep } from './next-step.ts';

export interface BootOptions {
  readonly machine: Machine;
  readonly records: NodeRecordStore;
  readonly disk: BootDisk;
  readonly status: NodeStatus;
}

/** The connection that a boot advances on. */
export interface BootConnection {
  readonly api: AgentApi;
  readonly attestation: Attestation;
  /** Waits so many seconds, a little spread. @throws when the connection ends */
  readonly pause: (seconds: number) => Promise<void>;
}

/** One boot of the machine on its way to membership. Lives as long as the process, over many connections. */
export class Boot {
  readonly #options: BootOptions;
  #record: NodeRecord | null;
  /** The only place where boot secrets are; wiped once the disk is open. */
  #grant: Grant | null = null;
  #diskFault: string | null = null;

  private constructor(options: BootOptions, record: NodeRecord | null) {
    this.#options = options;
    this.#record = record;
  }

  static async resume(options: BootOptions): Promise<Boot> {
    const record = await options.records.read();
    if (record !== null) options.status.change({ node: record.node.name });
    const boot = new Boot(options, record);
    if (record?.boot === options.machine.boot) await boot.#resumeDisk(record);
    return boot;
  }

  /** What this boot opened before this process is used on, without a key: it stayed open, or the boot is at its end. */
  async #resumeDisk({ step, cluster, stateDiskKeySha256 }: NodeRecord): Promise<void> {
    if (step !== 'disk-open' && step !== 'member') return;
    const { disk, status } = this.#options;
    if (await disk.resume(cluster.clusterId)) return status.change({ stateDiskKeySha256 });
    this.#diskFault = 'needs reboot: the state disk was open on this boot, and is not any more';
    await this.#remember({ step: 'locked', stateDisk: null, stateDiskKeySha256: null });
  }

  /** The node and cluster of this machine, as its last ticket named them. */
  get record(): NodeRecord | null {
    return this.#record;
  }

  /** This boot is locked as a node: what refuses its evidence now quarantines it. */
  async isStanding(): Promise<boolean> {
    return this.#done !== null && (await this.#options.machine.isLocked());
  }

  /**
   * Takes every step that is left on this connection.
   * @returns why this boot cannot become a member; null where it is one
   */
  async advance(connection: BootConnection): Promise<string | null> {
    const { attestation } = connection;
    let acknowledged = acknowledgedBy(attestation.node?.state ?? null, this.#done);
    let locked = await this.#options.machine.isLocked();
    for (;;) {
      const ticket = this.#grant !== null;
      const step = nextStep({ locked, done: this.#done, ticket, acknowledged, diskFault: this.#diskFault });
      if (locked) this.#showStanding();
      if (step.kind === 'hold') return step.blocked;
      acknowledged = (await this.#take(step.kind, connection)) ?? acknowledged;
      if (step.kind === 'lock') locked = true;
    }
  }

  /** @returns what the API knows after the step, where that changed */
  async #take(
    step: Exclude<NextStep['kind'], 'hold'>,
    { api, pause }: BootConnection,
  ): Promise<Acknowledged | null> {
    switch (step) {
      case 'enrol':
        await this.#enrol(api, pause);
        return 'nothing';
      case 'lock':
        await this.#lock();
        return null;
      case 'report-lock':
        await api.reportLock();
        return 'locked';
      case 'open-disk':
        await this.#openDisk();
        return null;
      case 'report-disk-open':
        await api.reportProgress({ state: 'disk-open', stateDisk: this.#openedDisk() });
        return 'disk-open';
      case 'report-member':
        // Only now that the API has recorded which key opens the disk; where a kill comes between, the next start does it.
        if (!(await this.#retireOtherKeys())) return null;
        await api.reportProgress({ state: 'member' });
        await this.#remember({ step: 'member' });
        return 'member';
    }
  }

  async #enrol(api: AgentApi, pause: BootConnection['pause']): Promise<void> {
    const { machine, disk, status, records } = this.#options;
    for (;;) {
      const answer = await api.enrol(disk.id);
      if (answer.kind === 'grant') {
        requireOwnCluster(answer);
        this.#record = recordOf(answer.ticket, machine.boot);
        await records.write(this.#record);
        this.#grant = answer;
        status.change({ node: answer.ticket.node.name });
        return;
      }
      status.change({ state: 'waiting', reason: answer.reason, findings: [] });
      await pause(answer.retryAfter);
    }
  }

  /** PCR 15 first: from here on this boot gets no secrets, whatever becomes of the ones it has. */
  async #lock(): Promise<void> {
    if (this.#record === null) throw new Error('a ticket without a record');
    await this.#options.machine.lock(fromHex(this.#record.cluster.clusterId));
    await this.#remember({ step: 'locked' });
  }

  async #openDisk(): Promise<void> {
    const { disk, status } = this.#options;
    const grant = this.#grant;
    if (grant === null) throw new Error('no ticket to open the disk with');
    try {
      const stateDisk = await disk.open(grant);
      const stateDiskKeySha256 = digestOfKey(grant, stateDisk);
      await this.#remember({ step: 'disk-open', stateDiskKeySha256, stateDisk });
      status.change({ stateDiskKeySha256 });
    } catch (error) {
      if (!(error instanceof StateDiskError)) throw error;
      this.#diskFault = `${error.code}: ${error.message}`;
    } finally {
      grant.secrets.wipe();
      this.#grant = null;
    }
  }

  /** @returns false where the disk is not what it was when it was opened: whoever has it in hand has changed its header */
  async #retireOtherKeys(): Promise<boolean> {
    try {
      await this.#options.disk.retireOtherKeys(this.#openedDisk());
      return true;
    } catch (error) {
      if (!(error instanceof StateDiskError)) throw error;
      this.#diskFault = `${error.code}: ${error.message}`;
      return false;
    }
  }

  #openedDisk(): StateDiskReport {
    const opened = this.#record?.stateDisk ?? null;
    if (opened === null) throw new Error('a disk is open without a record of it');
    return opened;
  }

  async #remember(change: Partial<NodeRecord>): Promise<void> {
    if (this.#record === null) throw new Error('no record to change');
    this.#record = { ...this.#record, ...change };
    await this.#options.records.write(this.#record);
  }

  get #done(): BootStep | null {
    return this.#record?.boot === this.#options.machine.boot ? this.#record.step : null;
  }

  /** Walks the status along the arrows to where the boot is. */
  #showStanding(): void {
    const { status } = this.#options;
    const done = this.#done;
    const shown = done === 'disk-open' || done === 'member' ? done : 'locked';
    if (status.state === shown) return;
    status.change({ state: shown });
  }
}

/** SHA-256 of the key that opens the disk now, hexadecimal. In one piece, so that no copy of the key is left behind. */
function digestOfKey({ ticket, secrets }: Grant, { version }: StateDiskReport): string {
  const key = version === ticket.stateDisk.version ? secrets.stateDiskKey : secrets.nextKey;
  if (key === null) throw new Error('a disk was opened with a key that the ticket does not have');
  return createHash('sha256').update(key).digest('hex');
}

/** Protocol §5: the cluster's measured identity follows from the ticket's own secret, or the lock would mean nothing. */
function requireOwnCluster({ ticket: { cluster }, secrets }: Grant): void {
  try {
    const measurement = { secret: secrets.measurementSecret, salt: fromBase64url(cluster.measurementSalt) };
    if (equalBytes(clusterIdOf(measurement, cluster.scheme), fromHex(cluster.clusterId))) return;
  } catch (error) {
    if (!(error instanceof KeysError) && !(error instanceof BytesError)) throw error;
  }
  secrets.wipe();
  const message = 'clusterId of the ticket does not follow from its measurement secret';
  throw new NodeError('ticket-invalid', message, { got: cluster.clusterId });
}
