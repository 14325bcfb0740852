import { concat, digest, fromBase64url, sha256, toBase64url, toHex, type Bytes } from '@asterism/bytes';
import type { Activation, EvidenceRequest, TpmEvidence } from '@asterism/contracts';
import {
  ATTESTATION_KEY_ATTRIBUTES,
  EK_TEMPLATE,
  encodeAttest,
  encodePublic,
  encodeSignature,
  hashLength,
  pcrSelection,
  toObjectAttributes,
  TPM_GENERATED,
  toSpki,
  toTpmName,
  type EccPublic,
  type ObjectAttribute,
  type TpmsAttest,
} from '@asterism/tpm';
import { openCredential } from './open-credential.ts';

const AK_ATTRIBUTES = [...ATTESTATION_KEY_ATTRIBUTES, 'userWithAuth'] as const;

/** What a test may get wrong on purpose. */
export interface MintedQuoteOrder {
  readonly request: EvidenceRequest;
  readonly binding: Uint8Array;
  /** PCRs that are not zero. */
  readonly pcrs?: Readonly<Record<number, Uint8Array>>;
  readonly eventLog?: Uint8Array;
  readonly ekCertificates?: readonly Uint8Array[];
  readonly akCertificates?: readonly Uint8Array[];
  readonly resetCount?: number;
  readonly restartCount?: number;
  /** Changes the structure before it is signed. */
  readonly forge?: (attest: TpmsAttest) => TpmsAttest;
}

/** Keys of a TPM that exists only as code: its private keys sign whatever a test wants. */
export interface MintedTpm {
  /** TPMT_PUBLIC. */
  readonly akPublic: Bytes;
  readonly akName: Bytes;
  readonly akSpki: Bytes;
  readonly akSpkiSha256: string;
  /** TPMT_PUBLIC. */
  readonly ekPublic: Bytes;
  readonly ekSpki: Bytes;
  /** SHA-256 of the EK's SubjectPublicKeyInfo. */
  readonly identity: string;
  quote(order: MintedQuoteOrder): Promise<TpmEvidence>;
  /** TPM2_ActivateCredential for these two keys. @throws where the credential is for others */
  activate(activation: Activation): Promise<Bytes>;
  /** The same TPM with another attestation key. */
  withAnotherKey(): Promise<MintedTpm>;
}

interface MintTpmOptions {
  readonly akAttributes?: readonly ObjectAttribute[];
}

export async function mintTpm(options: MintTpmOptions = {}): Promise<MintedTpm> {
  return mintWithKeys(await generateKey(), await generateKey(), options);
}

function generateKey() {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

type KeyPair = Awaited<ReturnType<typeof generateKey>>;

async function mintWithKeys(ek: KeyPair, ak: KeyPair, options: MintTpmOptions): Promise<MintedTpm> {
  const akArea: EccPublic = {
    type: 'ecc',
    nameAlg: 'sha256',
    attributes: toObjectAttributes(options.akAttributes ?? AK_ATTRIBUTES),
    authPolicy: new Uint8Array(),
    symmetric: null,
    scheme: { scheme: 'ecdsa', hash: 'sha256' },
    curve: 'p256',
    ...(await pointOf(ak.publicKey)),
  };
  const ekArea = { ...EK_TEMPLATE['L-2'], ...(await pointOf(ek.publicKey)) } as EccPublic;
  const akPublic = encodePublic(akArea);
  const akName = await toTpmName(akArea);
  return {
    akPublic,
    akName,
    akSpki: toSpki(akArea),
    akSpkiSha256: toHex(await sha256(toSpki(akArea))),
    ekPublic: encodePublic(ekArea),
    ekSpki: toSpki(ekArea),
    identity: toHex(await sha256(toSpki(ekArea))),
    quote: (order) => mintQuote(ak.privateKey, akPublic, order),
    activate: async (activation) =>
      openCredential(activation, {
        akName: await toTpmName(akArea),
        ekX: ekArea.x,
        ekPrivate: await toJwk(ek.privateKey),
      }),
    withAnotherKey: async () => mintWithKeys(ek, await generateKey(), options),
  };
}

async function pointOf(key: CryptoKey): Promise<{ x: Bytes; y: Bytes }> {
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', key);
  return { x: fromBase64url(x), y: fromBase64url(y) };
}

type CryptoKey = Parameters<typeof crypto.subtle.exportKey>[1];

function toJwk(key: CryptoKey) {
  return crypto.subtle.exportKey('jwk', key);
}

async function mintQuote(key: CryptoKey, akPublic: Bytes, order: MintedQuoteOrder): Promise<TpmEvidence> {
  if (!('bank' in order.request)) throw new Error('a TPM quotes a bank and PCRs');
  const { bank, pcrs: wanted } = order.request;
  const pcrs = [...new Set(wanted)].sort((a, b) => a - b);
  const values = pcrs.map((pcr) => order.pcrs?.[pcr] ?? new Uint8Array(hashLength(bank)));
  const honest: TpmsAttest = {
    magic: TPM_GENERATED,
    qualifiedSigner: new Uint8Array(34),
    extraData: new Uint8Array(order.binding),
    clockInfo: {
      clock: 1_000n,
      resetCount: order.resetCount ?? 1,
      restartCount: order.restartCount ?? 0,
      safe: true,
    },
    firmwareVersion: 1n,
    attested: {
      type: 'quote',
      pcrSelections: [pcrSelection(bank, pcrs)],
      pcrDigest: await digest('SHA-256', concat(...values)),
    },
  };
  const quote = encodeAttest(order.forge ? order.forge(honest) : honest);
  const raw = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, quote));
  const signature = encodeSignature({
    scheme: 'ecdsa',
    hash: 'sha256',
    r: raw.slice(0, 32),
    s: raw.slice(32),
  });
  const optional = {
    eventLog: order.eventLog && toBase64url(order.eventLog),
    ekCertificates: order.ekCertificates?.map(toBase64url),
    akCertificates: order.akCertificates?.map(toBase64url),
  };
  return {
    variant: 'tpm',
    format: 'asterism/evidence/v1',
    parts: {
      quote: toBase64url(quote),
      signature: toBase64url(signature),
      akPublic: toBase64url(akPublic),
      pcrs: Object.fromEntries(
        pcrs.map((pcr, i) => [String(pcr), toBase64url(values[i] ?? new Uint8Array())]),
      ),
      ...(optional.eventLog ? { eventLog: optional.eventLog } : {}),
      ...(optional.ekCertificates ? { ekCertificates: optional.ekCertificates } : {}),
      ...(optional.akCertificates ? { akCertificates: optional.akCertificates } : {}),
    },
  };
}
