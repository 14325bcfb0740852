import { fromBase64urlCharacters } from '@asterism/bytes';
import type { EnrolmentResponse, Ticket } from '@asterism/contracts';

/** Members of a granting answer that never become strings. */
export const TICKET_SECRETS = [
  'ticket.stateDisk.key',
  'ticket.stateDisk.next.key',
  'ticket.cluster.measurementSecret',
] as const;

/** A ticket whose secrets stand apart from it; its own members are blank. */
export interface Grant {
  readonly kind: 'grant';
  readonly ticket: Ticket;
  readonly secrets: TicketSecrets;
}
export type Enrolled = Grant | Extract<EnrolmentResponse, { kind: 'wait' }>;

/** Boot secrets in memory, until they are wiped. */
export class TicketSecrets {
  readonly stateDiskKey: Uint8Array;
  /** Of a rotation that is wanted. */
  readonly nextKey: Uint8Array | null;
  readonly measurementSecret: Uint8Array;

  private constructor(take: (path: (typeof TICKET_SECRETS)[number]) => Uint8Array | null) {
    this.stateDiskKey = take('ticket.stateDisk.key') ?? new Uint8Array();
    this.nextKey = take('ticket.stateDisk.next.key');
    this.measurementSecret = take('ticket.cluster.measurementSecret') ?? new Uint8Array();
  }

  /** Decodes the characters and wipes them. @throws BytesError `invalid-base64url` */
  static from(characters: ReadonlyMap<string, Uint8Array>): TicketSecrets {
    try {
      return new TicketSecrets((path) => {
        const found = characters.get(path);
        return found === undefined ? null : fromBase64urlCharacters(found);
      });
    } finally {
      for (const each of characters.values()) each.fill(0);
    }
  }

  wipe(): void {
    for (const secret of [this.stateDiskKey, this.nextKey, this.measurementSecret]) secret?.fill(0);
  }
}
