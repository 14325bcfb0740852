import type { ActivatedKey, LockState } from '@asterism/attestation';
import type { AttestedConnection } from '@asterism/attested-tls';
import type { PolicyDocument } from '@asterism/contracts';
import type { joins } from '@asterism/persistence';

/** TPMT_PUBLIC of both keys of a TPM. */
export interface TpmKeys {
  readonly ekPublic: Uint8Array;
  readonly akPublic: Uint8Array;
  readonly akPublicSha256: string;
}

/** What a machine said it is when it asked for a challenge on this socket. Nothing of it is proved. */
export interface Claimant {
  readonly target: joins.JoinTarget;
  readonly identity: string;
  /** Of a TPM that is known by its endorsement key; null for other machines, whose evidence proves their identity. */
  readonly keys: TpmKeys | null;
  /** The nonce that was issued for this claim, base64url. */
  readonly nonce: string;
}

/** What was proved on this socket. Ends with the socket, or at `validUntil`. */
export interface Attested extends Claimant {
  /** Null where there is no endorsement key to activate for. */
  readonly activated: ActivatedKey | null;
  /** The activation was made on this socket and is not recorded yet. */
  readonly activationNew: boolean;
  readonly agentVersion: string;
  readonly boot: string;
  readonly validUntil: Date;
  /** As the evidence shows it, or where it cannot the record of the boot. */
  readonly lock: LockState;
  readonly policyVersion: number;
  readonly policy: PolicyDocument;
  readonly node: { readonly id: string; readonly name: string } | null;
}

/**
 * State of each socket, kept by the socket itself: it cannot outlive it, and no other socket can reach it (protocol
 * §1.4). In memory on purpose: a socket belongs to one process.
 */
export class ConnectionStates {
  readonly #claimants = new WeakMap<AttestedConnection, Claimant>();
  readonly #attested = new WeakMap<AttestedConnection, Attested>();

  claim(connection: AttestedConnection, claimant: Claimant): void {
    this.#claimants.set(connection, claimant);
    // A new challenge starts again: what was proved for another claim does not carry over.
    this.#attested.delete(connection);
  }

  claimantOf(connection: AttestedConnection): Claimant | undefined {
    return this.#claimants.get(connection);
  }

  attest(connection: AttestedConnection, attested: Attested): Attested {
    this.#attested.set(connection, attested);
    return attested;
  }

  /** Also an expired one: the caller tells the two apart. */
  attestedOf(connection: AttestedConnection): Attested | undefined {
    return this.#attested.get(connection);
  }

  update(connection: AttestedConnection, change: Partial<Attested>): void {
    const attested = this.#attested.get(connection);
    if (attested !== undefined) this.#attested.set(connection, { ...attested, ...change });
  }

  /** Rights of the socket end at once: for a node that was revoked. */
  forget(connection: AttestedConnection): void {
    this.#attested.delete(connection);
    this.#claimants.delete(connection);
  }
}
