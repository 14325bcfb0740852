import { equalBytes, type Bytes } from '@asterism/bytes';
import { EK_TEMPLATE, type EkTemplate } from '../credential/endorsement-key.ts';
import { TpmFormatError } from '../errors.ts';
import { toObjectAttributes, OBJECT_ATTRIBUTE } from '../structures/attributes.ts';
import { decodePublic, encodePublic, type EccPublic, type TpmtPublic } from '../structures/public-area.ts';
import type { LoadedKey } from './handles.ts';
import type { TpmSession } from './session.ts';
import type { Tpm } from './tpm.ts';

const NONE = new Uint8Array();
const FIXED = ['fixedTpm', 'fixedParent', 'sensitiveDataOrigin', 'userWithAuth'] as const;

/** TCG TPM v2.0 Provisioning Guidance §7.5.1: ECC storage root key, the same at every call until the TPM is cleared. */
const STORAGE_ROOT: EccPublic = {
  type: 'ecc',
  nameAlg: 'sha256',
  attributes: toObjectAttributes([...FIXED, 'noDa', 'restricted', 'decrypt']),
  authPolicy: NONE,
  symmetric: { algorithm: 'aes', keyBits: 128, mode: 'cfb' },
  scheme: null,
  curve: 'p256',
  x: new Uint8Array(32),
  y: new Uint8Array(32),
};

export type AkType = 'ecc' | 'rsa';

const AK_COMMON = {
  nameAlg: 'sha256',
  attributes: toObjectAttributes([...FIXED, 'noDa', 'restricted', 'sign']),
  authPolicy: NONE,
  symmetric: null,
} as const;

/** Restricted signing keys: ECDSA P-256 and RSASSA 2048, both with SHA-256. */
const AK_TEMPLATE: Readonly<Record<AkType, TpmtPublic>> = {
  ecc: {
    ...AK_COMMON,
    type: 'ecc',
    scheme: { scheme: 'ecdsa', hash: 'sha256' },
    curve: 'p256',
    x: NONE,
    y: NONE,
  },
  rsa: {
    ...AK_COMMON,
    type: 'rsa',
    scheme: { scheme: 'rsassa', hash: 'sha256' },
    keyBits: 2048,
    exponent: 0,
    modulus: NONE,
  },
};

/** An attestation key as it is kept on disk: useless outside its TPM. */
export interface AkBlobs {
  /** TPMT_PUBLIC. */
  readonly public: Bytes;
  /** TPM2B_PRIVATE contents, encrypted under the storage root key. */
  readonly private: Bytes;
}

/** A loaded attestation key; it takes one of the TPM's three transient slots until it is flushed. */
export interface AttestationKey extends LoadedKey {
  /** TPMT_PUBLIC. */
  readonly publicArea: Bytes;
}

/** Loads the storage root key for a sequence of commands and flushes it whatever happens. */
export async function withStorageRoot<T>(tpm: Tpm, use: (root: LoadedKey) => Promise<T>): Promise<T> {
  const root = await tpm.createPrimary('owner', STORAGE_ROOT);
  try {
    return await use(root);
  } finally {
    await tpm.flush(root);
  }
}

/** A session for a sequence of commands, flushed whatever happens. */
export async function withSession<T>(
  tpm: Tpm,
  type: 'hmac' | 'policy',
  saltKey: LoadedKey,
  use: (session: TpmSession) => Promise<T>,
): Promise<T> {
  const session = await tpm.startSession(type, saltKey);
  try {
    return await use(session);
  } finally {
    await tpm.flush(session);
  }
}

/** EK Credential Profile 2.5 §2.2.1.4: where makers and operating systems persist EKs. */
const EK_HANDLE: Readonly<Record<EkTemplate, number>> = {
  'L-1': 0x81010001,
  'L-2': 0x81010002,
  'H-1': 0x81010012,
  'H-2': 0x81010014,
  'H-3': 0x81010016,
};

async function persistentEk(tpm: Tpm, template: EkTemplate): Promise<LoadedKey | null> {
  const handle = EK_HANDLE[template];
  if (!(await tpm.listHandles(handle)).includes(handle)) return null;
  const ek = await tpm.readPublic(handle).catch((error: unknown) => {
    if (error instanceof TpmFormatError) return null; // a key of an algorithm that no template has
    throw error;
  });
  if (ek === null) return null;
  const want = EK_TEMPLATE[template];
  const { attributes, authPolicy, nameAlg, type } = ek.public;
  const same =
    type === want.type &&
    nameAlg === want.nameAlg &&
    attributes === want.attributes &&
    equalBytes(authPolicy, want.authPolicy);
  return same ? ek : null;
}

/**
 * The endorsement key of a template, the same at every call until the endorsement seed changes. Where the TPM keeps one
 * at the handle of the template it is that one, because making an RSA key takes a hardware TPM many seconds; whether it
 * is the certified one shows against its certificate (`verifyEkMatchesSpki`). Flush it after use.
 */
export function createEk(tpm: Tpm, template: EkTemplate): Promise<LoadedKey> {
  return tpm.exclusive(
    async () =>
      (await persistentEk(tpm, template)) ?? tpm.createPrimary('endorsement', EK_TEMPLATE[template]),
  );
}

/** Makes a new attestation key. Keep the blobs; `loadAk` makes it usable, now and after every boot. */
export function createAk(tpm: Tpm, options: { readonly type: AkType }): Promise<AkBlobs> {
  return tpm.exclusive(() =>
    withStorageRoot(tpm, async (root) => {
      const created = await tpm.create(root, AK_TEMPLATE[options.type]);
      return { public: encodePublic(created.public), private: created.private };
    }),
  );
}

/**
 * @throws TpmCommandError `command-failed` where the blobs are of another TPM, of before it was cleared, or altered;
 * TpmFormatError where they are not blobs.
 */
export function loadAk(tpm: Tpm, blobs: AkBlobs): Promise<AttestationKey> {
  return tpm.exclusive(() =>
    withStorageRoot(tpm, async (root) => {
      const loaded = await tpm.load(root, { public: decodePublic(blobs.public), private: blobs.private });
      return { ...loaded, publicArea: encodePublic(loaded.public) };
    }),
  );
}

/**
 * Proves to the maker of a credential that `ak` is in the TPM of `ek`: gives back its secret, which crosses the bus
 * encrypted to the EK.
 * @throws TpmCommandError `command-failed` for a credential made for another EK or another AK.
 */
export function activateCredential(
  tpm: Tpm,
  keys: { readonly ak: LoadedKey; readonly ek: LoadedKey },
  credential: { readonly credentialBlob: Uint8Array; readonly secret: Uint8Array },
): Promise<Bytes> {
  const { ak, ek } = keys;
  // High-range EKs allow their (empty) auth value, low-range ones only PolicySecret (EK Credential Profile §B.3, §B.4).
  const type = (ek.public.attributes & OBJECT_ATTRIBUTE.userWithAuth) === 0 ? 'policy' : 'hmac';
  return tpm.exclusive(() =>
    withSession(tpm, type, ek, async (session) => {
      if (type === 'policy') await tpm.policySecret(session, 'endorsement');
      return tpm.activateCredential(ak, ek, session.authorization({ response: true }), credential);
    }),
  );
}
