import { BytesError, equalBytes, fromBase64url, fromHex } from '@asterism/bytes';
import type { Attestation, StateDiskReport, Ticket } from '@asterism/contracts';
import { clusterIdOf, KeysError } from '@asterism/keys';
import type { AgentApi } from '../api/agent-api.ts';
import { NodeError } from '../errors.ts';
import type { Machine } from '../machine/machine.ts';
import { recordOf, type BootStep, type NodeRecord, type NodeRecordStore } from '../state/node-record.ts';
import { openStateDisk } from '../state/state-disk.ts';
import type { NodeStatus } from '../status/status.ts';
import { acknowledgedBy, nextStep, type Acknowledged, type NextStep } from './next-step.ts';

export interface BootOptions {
  readonly machine: Machine;
  readonly records: NodeRecordStore;
  readonly stateDiskFile: string;
  readonly stateDiskId: string;
  readonly status: NodeStatus;
  readonly random: (length: number) => Uint8Array;
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
  /** The only place where boot secrets are; gone once the disk is open. */
  #ticket: Ticket | null = null;
  #diskFault: string | null = null;

  private constructor(options: BootOptions, record: NodeRecord | null) {
    this.#options = options;
    this.#record = record;
  }

  static async resume(options: BootOptions): Promise<Boot> {
    const record = await options.records.read();
    if (record !== null) options.status.change({ node: record.node.name });
    if (record?.boot === options.machine.boot) {
      options.status.change({ stateDiskKeySha256: record.stateDiskKeySha256 });
    }
    return new Boot(options, record);
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
      const ticket = this.#ticket !== null;
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
        await api.reportProgress({ state: 'member' });
        await this.#remember({ step: 'member' });
        return 'member';
    }
  }

  async #enrol(api: AgentApi, pause: BootConnection['pause']): Promise<void> {
    const { machine, stateDiskId, status, records } = this.#options;
    for (;;) {
      const answer = await api.enrol(stateDiskId);
      if (answer.kind === 'grant') {
        requireOwnCluster(answer.ticket);
        this.#record = recordOf(answer.ticket, machine.boot);
        await records.write(this.#record);
        this.#ticket = answer.ticket;
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
    const { stateDiskFile, random, status } = this.#options;
    if (this.#ticket === null) throw new Error('no ticket to open the disk with');
    try {
      const stateDiskKeySha256 = await openStateDisk(stateDiskFile, this.#ticket.stateDisk, random);
      const { version, epoch } = this.#ticket.stateDisk;
      const stateDisk = { version, epoch: epoch + 1, rollback: 'none', activated: false } as const;
      await this.#remember({ step: 'disk-open', stateDiskKeySha256, stateDisk });
      status.change({ stateDiskKeySha256 });
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      this.#diskFault = `${error.code}: ${error.message}`;
    }
    this.#ticket = null;
  }

  #openedDisk(): StateDiskReport {
    const opened = this.#record?.stateDisk;
    if (opened == null) throw new Error('a disk is open without a record of it');
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

/** Protocol §5: the cluster's measured identity follows from the ticket's own secret, or the lock would mean nothing. */
function requireOwnCluster({ cluster }: Ticket): void {
  try {
    const secret = fromBase64url(cluster.measurementSecret);
    const salt = fromBase64url(cluster.measurementSalt);
    if (equalBytes(clusterIdOf({ secret, salt }), fromHex(cluster.clusterId))) return;
  } catch (error) {
    if (!(error instanceof KeysError) && !(error instanceof BytesError)) throw error;
  }
  throw new NodeError(
    'ticket-invalid',
    'clusterId of the ticket does not follow from its measurement secret',
    {
      got: cluster.clusterId,
    },
  );
}
