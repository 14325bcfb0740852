import { collectEvidence, type CollectOrder, type StatedDevices } from '@asterism/attestation';
import type { AgentIdentity, Evidence } from '@asterism/contracts';
import type { KeySeal } from '../access/access-cache.ts';
import { NodeError } from '../errors.ts';
import type { BootLock } from './boot-lock.ts';
import { bootSeal } from './boot-seal.ts';
import type { Machine } from './machine.ts';
import { Turns } from '../turns.ts';

export interface StatedMachineParts {
  readonly devices: StatedDevices;
  /** Machine identity, as the evidence will prove it. */
  readonly identity: string;
  readonly boot: string;
  readonly keyIsNew: boolean;
  readonly lock: BootLock;
  readonly target: { readonly cluster: string; readonly pool: string };
  readonly close: () => Promise<void>;
}

/** A machine that states its identity, which its evidence then proves: every one but those known by their TPM's EK. */
export class StatedMachine implements Machine {
  readonly boot: string;
  readonly keyIsNew: boolean;
  readonly seal: KeySeal | null;
  readonly #parts: StatedMachineParts;
  readonly #turns = new Turns();

  constructor(parts: StatedMachineParts) {
    this.boot = parts.boot;
    this.keyIsNew = parts.keyIsNew;
    this.seal = 'tpm' in parts.devices ? bootSeal(parts.devices.tpm, this.#turns) : null;
    this.#parts = parts;
  }

  async identity(): Promise<AgentIdentity> {
    const { devices, target, identity } = this.#parts;
    return { variant: devices.variant, ...target, identity };
  }

  collect(order: CollectOrder): Promise<Evidence> {
    return this.#turns.take(() => collectEvidence(this.#parts.devices, order));
  }

  async activate(): Promise<never> {
    throw new NodeError(
      'activation-unfit',
      'evidence of this variant has no endorsement key to activate with',
      {
        got: this.#parts.devices.variant,
      },
    );
  }

  isLocked(): Promise<boolean> {
    return this.#turns.take(() => this.#parts.lock.isLocked());
  }

  lock(clusterId: Uint8Array): Promise<void> {
    return this.#turns.take(() => this.#parts.lock.lock(clusterId));
  }

  close(): Promise<void> {
    return this.#turns.take(() => this.#parts.close());
  }
}
