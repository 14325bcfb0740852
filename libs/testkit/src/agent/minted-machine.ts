import { lockedPcr15 } from '@asterism/attestation';
import type { AgentAttester } from '@asterism/attested-tls';
import { toBase64url, type Bytes } from '@asterism/bytes';
import type { Activation, TpmIdentity, Evidence, EvidenceRequest } from '@asterism/contracts';
import { mintTpm, type MintedQuoteOrder, type MintedTpm } from '../attestation/index.ts';

const LOCK_PCR = 15;

/** A machine that exists only as code: a minted TPM with its PCRs and boots. */
export class MintedMachine implements AgentAttester {
  readonly tpm: MintedTpm;
  readonly cluster: string;
  readonly pool: string;
  /** PCRs that are not zero; a test moves them as it likes. */
  readonly pcrs: Record<number, Uint8Array>;
  resetCount = 1;
  /** Changes each quote. */
  forge: Partial<MintedQuoteOrder> = {};

  private constructor(
    tpm: MintedTpm,
    place: { readonly cluster: string; readonly pool: string },
    pcrs: Record<number, Uint8Array>,
  ) {
    this.tpm = tpm;
    this.cluster = place.cluster;
    this.pool = place.pool;
    this.pcrs = pcrs;
  }

  static async make(
    place: { readonly cluster: string; readonly pool: string },
    pcrs: Readonly<Record<number, Uint8Array>> = {},
  ): Promise<MintedMachine> {
    return new MintedMachine(await mintTpm(), place, { ...pcrs });
  }

  /** The same TPM, claiming another place. */
  elsewhere(place: { readonly cluster?: string; readonly pool?: string }): MintedMachine {
    const { cluster, pool } = this;
    return new MintedMachine(this.tpm, { cluster, pool, ...place }, this.pcrs);
  }

  /** The same machine with another attestation key; a TPM disguises its counters for each. */
  async withAnotherKey({ resetCount }: { readonly resetCount: number }): Promise<MintedMachine> {
    const machine = new MintedMachine(await this.tpm.withAnotherKey(), this, this.pcrs);
    machine.resetCount = resetCount;
    return machine;
  }

  /** As an activation proves it. */
  async machineIdentity(): Promise<string> {
    return this.tpm.identity;
  }

  async identity(): Promise<TpmIdentity> {
    const { cluster, pool, tpm } = this;
    return {
      variant: 'tpm',
      cluster,
      pool,
      ekPublic: toBase64url(tpm.ekPublic),
      akPublic: toBase64url(tpm.akPublic),
    };
  }

  collect(order: { readonly request: EvidenceRequest; readonly binding: Uint8Array }): Promise<Evidence> {
    return this.tpm.quote({ ...order, pcrs: this.pcrs, resetCount: this.resetCount, ...this.forge });
  }

  async activate(activation: Activation): Promise<Bytes> {
    return this.tpm.activate(activation);
  }

  /** Extends the cluster's identity (32 bytes) into PCR 15. */
  async lock(clusterId: Uint8Array): Promise<void> {
    this.pcrs[LOCK_PCR] = await lockedPcr15('sha256', clusterId);
  }

  reboot(): void {
    this.resetCount++;
    delete this.pcrs[LOCK_PCR];
  }
}
