import type { StateDiskReport, Ticket } from '@asterism/contracts';
import {
  StateDisk,
  StateDiskError,
  watchStateDisk,
  type OpenedStateDisk,
  type StateDiskErrors,
  type StateDiskGrant,
} from '@asterism/state-disk';
import { setTimeout as wait } from 'node:timers/promises';
import type { Grant, TicketSecrets } from '../api/ticket-secrets.ts';
import type { StateDiskConfiguration } from '../configuration/state-disk-configuration.ts';
import type { EventReporter } from '../life/event-reporter.ts';
import type { Logger } from '../logger.ts';
import type { NodeStatus } from '../status/status.ts';
import type { BootDisk } from './boot-disk.ts';

export interface LuksDiskOptions {
  readonly configuration: StateDiskConfiguration;
  readonly status: Pick<NodeStatus, 'change'>;
  readonly events: Pick<EventReporter, 'report'>;
  readonly log: Logger;
}

/** A disk that the kernel finds late, or that something else holds for a moment, is waited for: the key comes once a boot. */
const PATIENCE = { attempts: 20, milliseconds: 500 } as const;
const PASSING = new Set<StateDiskError['code']>(['state-disk-missing', 'state-disk-busy']);
/** Milliseconds between two looks at the kernel's counts. */
const LOOK_INTERVAL = 2_000;

/** The LUKS2 disk that the configuration names. */
export class LuksDisk implements BootDisk, Disposable {
  readonly #options: LuksDiskOptions;
  readonly #watching = new AbortController();
  #disk: StateDisk | null = null;

  constructor(options: LuksDiskOptions) {
    this.#options = options;
  }

  get id(): string {
    return this.#options.configuration.id;
  }

  async open({ ticket, secrets }: Grant): Promise<StateDiskReport> {
    const { status, log } = this.#options;
    const disk = this.#of(ticket.cluster.clusterId);
    const began = performance.now();
    const { report, formatted, mapped } = await this.#openPatiently(
      disk,
      grantOf(ticket.stateDisk, secrets),
    ).catch((error: unknown) => {
      if (error instanceof StateDiskError) this.#showFault(error);
      throw error;
    });
    const took = Math.round(performance.now() - began);
    log.info({ ...report, formatted, mapped, took }, 'state disk is open');
    status.change({ stateDiskFault: null });
    this.#watch(disk);
    return report;
  }

  async resume(clusterId: string): Promise<boolean> {
    const disk = this.#of(clusterId);
    const isOpen = await disk.isOpen();
    if (isOpen) this.#watch(disk);
    return isOpen;
  }

  async retireOtherKeys({ version }: StateDiskReport): Promise<void> {
    if (this.#disk === null) throw new Error('no disk is open');
    await this.#disk.retireOtherKeys(version).catch((error: unknown) => {
      if (error instanceof StateDiskError) this.#showFault(error);
      throw error;
    });
  }

  /** Looks no longer. The disk stays open: the machine goes on without its agent. */
  [Symbol.dispose](): void {
    this.#watching.abort();
  }

  #of(cluster: string): StateDisk {
    const { id, ...place } = this.#options.configuration;
    return (this.#disk = new StateDisk({ ...place, cluster, disk: id }));
  }

  async #openPatiently(disk: StateDisk, grant: StateDiskGrant): Promise<OpenedStateDisk> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await disk.open(grant);
      } catch (error) {
        const passes = error instanceof StateDiskError && PASSING.has(error.code);
        if (!passes || attempt === PATIENCE.attempts) throw error;
        this.#options.log.warn({ code: error.code, attempt }, 'state disk is waited for');
        await wait(PATIENCE.milliseconds);
      }
    }
  }

  /** What does not fit its integrity tag is an I/O error to whoever reads it, and an event to the operator. */
  #watch({ place }: StateDisk): void {
    if (place.activation === 'header-only') return;
    const { status, events, log } = this.#options;
    const onErrors = ({ integrity, io }: StateDiskErrors) => {
      const counts = `${integrity} integrity errors and ${io} other I/O errors since it was opened`;
      status.change({ stateDiskFault: `state-disk-io-error: ${counts}` });
      events.report({ type: 'state-disk-io-error', diskId: place.disk, errors: integrity + io });
    };
    const look = { onErrors, interval: LOOK_INTERVAL, signal: this.#watching.signal };
    void watchStateDisk(place, look).catch((error: unknown) => {
      log.error({ err: error }, 'the state disk is not watched any more');
    });
  }

  #showFault({ code, message, epoch }: StateDiskError): void {
    const { status, events } = this.#options;
    status.change({ stateDiskFault: `${code}: ${message}` });
    const diskId = this.id;
    if (code === 'state-disk-rolled-back') events.report({ type: code, diskId, epoch: epoch ?? 0 });
    else if (code === 'state-disk-io-error') events.report({ type: code, diskId, errors: 1 });
    else events.report({ type: 'state-disk-refused', diskId, code });
  }
}

function grantOf(record: Ticket['stateDisk'], { stateDiskKey: key, nextKey }: TicketSecrets): StateDiskGrant {
  const { version, scheme, kdf, format, epoch, acceptedEpoch } = record;
  const next =
    record.next === null || nextKey === null ? null : { key: nextKey, version: record.next.version };
  return { key, version, scheme, kdf, format, epoch, acceptedEpoch, next };
}
