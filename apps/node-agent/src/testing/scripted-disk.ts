import { toBase64url } from '@asterism/bytes';
import type { NodeEvent, StateDiskReport, Ticket } from '@asterism/contracts';
import { randomBytes } from 'node:crypto';
import { Problem } from './problem.ts';

/** The API's record of a state disk, as tickets show it and reports change it. */
export class ScriptedDisk {
  key = new Uint8Array(randomBytes(32));
  version = 1;
  /** Of a rotation that is wanted. */
  next: { readonly key: Uint8Array<ArrayBuffer>; readonly version: number } | null = null;
  opened = false;
  epoch = 0;
  acceptedEpoch: number | null = null;
  kdf: Ticket['stateDisk']['kdf'] = 'pbkdf2';
  readonly reports: StateDiskReport[] = [];
  /** What the node told without being asked. */
  readonly events: NodeEvent[] = [];

  rotate(): void {
    this.next = { key: new Uint8Array(randomBytes(32)), version: this.version + 1 };
  }

  ticketPart(id: string): Ticket['stateDisk'] {
    const { version, epoch, acceptedEpoch, kdf, next } = this;
    return {
      ...{ id, version, epoch, acceptedEpoch, kdf },
      key: toBase64url(this.key),
      scheme: 'asterism',
      format: !this.opened,
      next: next === null ? null : { key: toBase64url(next.key), version: next.version },
    };
  }

  /** Commits what an open disk shows, as the API does in one transaction. */
  report(report: StateDiskReport): void {
    this.reports.push(report);
    if (report.version === this.next?.version) {
      [this.key, this.version, this.next] = [this.next.key, this.next.version, null];
    }
    if (report.version !== this.version) throw new Problem('request-invalid');
    [this.opened, this.epoch, this.acceptedEpoch] = [true, report.epoch, null];
  }
}
