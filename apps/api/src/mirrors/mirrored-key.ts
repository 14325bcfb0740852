import { fromBase64url, fromUtf8, toBase64url, toHex, utf8 } from '@asterism/bytes';
import { dataKeyPurposeSchema } from '@asterism/contracts';
import type { mirroredKeys } from '@asterism/persistence';
import { z } from 'zod';
import type { ResultSigner } from '../platform/result-signer.ts';

const SCHEMA = 'asterism/wrapped-key/v1';

/** What a mirror keeps of a key: nothing in it opens without the provider's KEK. */
const mirroredKeySchema = z.object({
  schema: z.literal(SCHEMA),
  cluster: z.uuid(),
  purpose: dataKeyPurposeSchema,
  id: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/),
  version: z.number().int().min(1),
  owner: z.string().max(100),
  state: z.enum(['active', 'retired']),
  identity: z.string().max(100).nullable(),
  provider: z.string().max(63),
  kekVersion: z.string().max(512),
  wrapped: z.string().max(16_384),
  createdAt: z.iso.datetime(),
});

export interface ReadKey {
  readonly key: mirroredKeys.MirroredKey;
  readonly state: 'active' | 'retired';
}

type Named = Pick<mirroredKeys.MirroredKey, 'clusterId' | 'purpose' | 'id' | 'version'>;

/** The id in hexadecimal: stores differ in what dots and cases of a name are to them. */
export function mirrorName({ clusterId, purpose, id, version }: Named): string {
  return `${mirrorFolder(clusterId)}${purpose}/${toHex(utf8(id))}/${version}`;
}

export function mirrorFolder(clusterId: string): string {
  return `${clusterId}/`;
}

/**
 * Signed, because whoever may write to the store could otherwise give a disk's key another owner: the KEK knows which key
 * it is, and not whose.
 * @throws ProblemError `sealed`
 */
export async function encodeMirroredKey(
  signer: ResultSigner,
  key: mirroredKeys.MirroredKey,
): Promise<Uint8Array> {
  const { clusterId, purpose, id, version, owner, state, identity, provider, kekVersion } = key;
  const claims: z.input<typeof mirroredKeySchema> = {
    schema: SCHEMA,
    cluster: clusterId,
    purpose,
    id,
    version,
    owner,
    state: state === 'active' ? 'active' : 'retired',
    identity,
    provider,
    kekVersion,
    wrapped: toBase64url(key.wrapped),
    createdAt: key.createdAt.toISOString(),
  };
  return utf8(await signer.sign(claims, 'asterism-wrapped-key+jwt'));
}

/** @returns undefined for what is not signed by this installation, or is not the key of this name */
export async function decodeMirroredKey(
  signer: ResultSigner,
  name: string,
  bytes: Uint8Array,
): Promise<ReadKey | undefined> {
  try {
    const { cluster, wrapped, createdAt, state, ...rest } = mirroredKeySchema.parse(
      await signer.read(fromUtf8(bytes)),
    );
    const key = {
      ...rest,
      state,
      clusterId: cluster,
      wrapped: fromBase64url(wrapped),
      createdAt: new Date(createdAt),
    };
    return mirrorName(key) === name ? { key, state } : undefined;
  } catch {
    return undefined;
  }
}
