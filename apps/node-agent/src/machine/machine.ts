import { collectEvidence, type CollectOrder } from '@asterism/attestation';
import type { AgentAttester } from '@asterism/attested-tls';
import { fromBase64url, toBase64url, type Bytes } from '@asterism/bytes';
import { LOCK_PCR, type Activation, type AgentIdentity, type Evidence } from '@asterism/contracts';
import {
  activateCredential,
  createEk,
  decodeAttest,
  flushLeftovers,
  quote,
  Tpm,
  type AttestationKey,
} from '@asterism/tpm';
import { openAttestationKey, openTpm } from '@asterism/tpm-device';
import { readEndorsementKey, type EndorsementKey } from './endorsement-key.ts';
import { isExtended, lockInto } from './lock.ts';

/** What the agent needs of the machine that it runs on. */
export interface Machine extends AgentAttester {
  /** `resetCount.restartCount` of the TPM, as verifiers read it from quotes: one boot, one value. */
  readonly boot: string;
  /** The attestation key was made at this start. */
  readonly keyIsNew: boolean;
  /** Whether this boot is locked, into whatever. */
  isLocked(): Promise<boolean>;
  /** @throws NodeError `lock-foreign` */
  lock(clusterId: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface MachineOptions {
  /** Address as `openTpm` takes it. */
  readonly tpm: string;
  readonly attestationKeyFile: string;
  /** TCG log of this boot; null where there is none. */
  readonly eventLog: Bytes | null;
  readonly ekIssuers: readonly Bytes[];
  readonly cluster: string;
  readonly pool: string;
  readonly random: (length: number) => Uint8Array;
}

/** Opens the TPM and loads its keys. */
export async function openMachine(options: MachineOptions): Promise<Machine> {
  const tpm = new Tpm(await openTpm(options.tpm));
  try {
    await flushLeftovers(tpm);
    const { key, created } = await openAttestationKey(tpm, options.attestationKeyFile);
    const endorsement = await readEndorsementKey(tpm, options.ekIssuers);
    const boot = await readBoot(tpm, key, options.random(32));
    return new TpmMachine(tpm, { ak: key, endorsement, boot, keyIsNew: created }, options);
  } catch (error) {
    await tpm.close();
    throw error;
  }
}

interface Keys {
  readonly ak: AttestationKey;
  readonly endorsement: EndorsementKey;
  readonly boot: string;
  readonly keyIsNew: boolean;
}

class TpmMachine implements Machine {
  readonly boot: string;
  readonly keyIsNew: boolean;
  readonly #tpm: Tpm;
  readonly #ak: AttestationKey;
  readonly #endorsement: EndorsementKey;
  readonly #options: MachineOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(tpm: Tpm, { ak, endorsement, boot, keyIsNew }: Keys, options: MachineOptions) {
    this.#tpm = tpm;
    this.#ak = ak;
    this.#endorsement = endorsement;
    this.#options = options;
    this.boot = boot;
    this.keyIsNew = keyIsNew;
  }

  async identity(): Promise<AgentIdentity> {
    const { cluster, pool } = this.#options;
    return {
      variant: 'tpm',
      cluster,
      pool,
      ekPublic: toBase64url(this.#endorsement.publicArea),
      akPublic: toBase64url(this.#ak.publicArea),
    };
  }

  collect(order: CollectOrder): Promise<Evidence> {
    const { eventLog } = this.#options;
    const { certificates } = this.#endorsement;
    return this.#inTurn(() =>
      collectEvidence(
        { variant: 'tpm', tpm: this.#tpm, ak: this.#ak, eventLog, ekCertificates: certificates },
        order,
      ),
    );
  }

  activate({ credentialBlob, secret }: Activation): Promise<Uint8Array> {
    const credential = { credentialBlob: fromBase64url(credentialBlob), secret: fromBase64url(secret) };
    return this.#inTurn(async () => {
      const ek = await createEk(this.#tpm, this.#endorsement.template);
      try {
        return await activateCredential(this.#tpm, { ak: this.#ak, ek }, credential);
      } finally {
        await this.#tpm.flush(ek);
      }
    });
  }

  isLocked(): Promise<boolean> {
    return this.#inTurn(() => isExtended(this.#tpm));
  }

  lock(clusterId: Uint8Array): Promise<void> {
    return this.#inTurn(() => lockInto(this.#tpm, clusterId));
  }

  /** After the work under way; the key's place is given back. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#tpm.flush(this.#ak).catch(() => undefined);
      await this.#tpm.close();
    });
  }

  /** The TPM has three places for keys, of which ours has one: one piece of work at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

async function readBoot(tpm: Tpm, ak: AttestationKey, nonce: Uint8Array): Promise<string> {
  const [bank] = (await tpm.listPcrBanks()).flatMap((selection) =>
    selection.bank === 'sha256' || selection.bank === 'sha384' ? [selection.bank] : [],
  );
  const quoted = await quote(tpm, ak, nonce, { bank: bank ?? 'sha256', pcrs: [LOCK_PCR] });
  const { resetCount, restartCount } = decodeAttest(quoted.quote).clockInfo;
  return `${resetCount}.${restartCount}`;
}
