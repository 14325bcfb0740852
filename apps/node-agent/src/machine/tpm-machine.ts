import {
  collectEvidence,
  readOwnBoot,
  type CollectOrder,
  type MachineDevicesOf,
} from '@asterism/attestation';
import { fromBase64url, toBase64url, type Bytes } from '@asterism/bytes';
import type { Activation, AgentIdentity, Evidence } from '@asterism/contracts';
import { activateCredential, createEk, flushLeftovers, Tpm, type EkTemplate } from '@asterism/tpm';
import { openAttestationKey, openTpm } from '@asterism/tpm-device';
import type { KeySeal } from '../access/access-cache.ts';
import { bootSeal } from './boot-seal.ts';
import { readEndorsementKey } from './endorsement-key.ts';
import { isExtended, lockInto } from './lock.ts';
import type { Machine } from './machine.ts';
import { Turns } from '../turns.ts';

export interface TpmMachineOptions {
  /** Address as `openTpm` takes it. */
  readonly tpm: string;
  readonly attestationKeyFile: string;
  /** TCG log of this boot; null where there is none. */
  readonly eventLog: Bytes | null;
  readonly ekIssuers: readonly Bytes[];
  readonly target: { readonly cluster: string; readonly pool: string };
}

/** Opens the TPM and loads its keys. */
export async function openTpmMachine(options: TpmMachineOptions): Promise<Machine> {
  const tpm = new Tpm(await openTpm(options.tpm));
  try {
    await flushLeftovers(tpm);
    const { key, created } = await openAttestationKey(tpm, options.attestationKeyFile);
    const endorsement = await readEndorsementKey(tpm, options.ekIssuers);
    const devices: MachineDevicesOf<'tpm'> = {
      variant: 'tpm',
      tpm,
      ak: key,
      eventLog: options.eventLog,
      ekCertificates: endorsement.certificates,
    };
    const boot = await readOwnBoot(devices);
    if (boot === null) throw new Error('a quote names its boot');
    return new TpmMachine(
      { devices, template: endorsement.template, ekPublic: endorsement.publicArea, boot, keyIsNew: created },
      options,
    );
  } catch (error) {
    await tpm.close();
    throw error;
  }
}

interface OpenedTpm {
  readonly devices: MachineDevicesOf<'tpm'>;
  readonly template: EkTemplate;
  /** TPMT_PUBLIC. */
  readonly ekPublic: Bytes;
  readonly boot: string;
  readonly keyIsNew: boolean;
}

class TpmMachine implements Machine {
  readonly boot: string;
  readonly keyIsNew: boolean;
  readonly seal: KeySeal;
  readonly #opened: OpenedTpm;
  readonly #target: TpmMachineOptions['target'];
  /** A TPM has three places for keys, of which ours has one. */
  readonly #turns = new Turns();

  constructor(opened: OpenedTpm, { target }: TpmMachineOptions) {
    this.boot = opened.boot;
    this.keyIsNew = opened.keyIsNew;
    this.seal = bootSeal(opened.devices.tpm, this.#turns);
    this.#opened = opened;
    this.#target = target;
  }

  async identity(): Promise<AgentIdentity> {
    const { devices, ekPublic } = this.#opened;
    return {
      variant: 'tpm',
      ...this.#target,
      ekPublic: toBase64url(ekPublic),
      akPublic: toBase64url(devices.ak.publicArea),
    };
  }

  collect(order: CollectOrder): Promise<Evidence> {
    return this.#turns.take(() => collectEvidence(this.#opened.devices, order));
  }

  activate({ credentialBlob, secret }: Activation): Promise<Uint8Array> {
    const { devices, template } = this.#opened;
    const { tpm, ak } = devices;
    const credential = { credentialBlob: fromBase64url(credentialBlob), secret: fromBase64url(secret) };
    return this.#turns.take(async () => {
      const ek = await createEk(tpm, template);
      try {
        return await activateCredential(tpm, { ak, ek }, credential);
      } finally {
        await tpm.flush(ek);
      }
    });
  }

  isLocked(): Promise<boolean> {
    return this.#turns.take(() => isExtended(this.#opened.devices.tpm));
  }

  lock(clusterId: Uint8Array): Promise<void> {
    return this.#turns.take(() => lockInto(this.#opened.devices.tpm, clusterId));
  }

  /** After the work under way; the key's place is given back. */
  close(): Promise<void> {
    const { tpm, ak } = this.#opened.devices;
    return this.#turns.take(async () => {
      await tpm.flush(ak).catch(() => undefined);
      await tpm.close();
    });
  }
}
