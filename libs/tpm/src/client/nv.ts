import { concat, Writer, type Bytes } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../errors.ts';
import { hashId, readHash } from '../structures/algorithms.ts';
import { HIERARCHY, type TpmEntity } from './handles.ts';
import { EMPTY_PASSWORD } from './session.ts';
import type { Tpm } from './tpm.ts';

/** TPMA_NV, Part 2 §13.4: who may write and read with the (empty) auth value of the index or of the owner. */
export const NV_ATTRIBUTE = {
  ownerWrite: 1 << 1,
  authWrite: 1 << 2,
  ownerRead: 1 << 17,
  authRead: 1 << 18,
} as const;

/** Bytes a command: under TPM_PT_NV_BUFFER_MAX of the TPMs there are. */
const CHUNK = 512;
/** Largest index that is read: data size is a 16-bit field, and no known index comes near it. */
const MAX_SIZE = 16_384;

/** An NV index, which is named by its public area (Part 1 §16). */
interface NvIndex extends TpmEntity {
  readonly attributes: number;
  /** Bytes. */
  readonly size: number;
}

export interface NvDefinition {
  readonly index: number;
  readonly size: number;
  /** Bits of `NV_ATTRIBUTE`. */
  readonly attributes: number;
}

/** Whether the index is defined. */
export async function hasNv(tpm: Tpm, index: number): Promise<boolean> {
  return (await tpm.listHandles(index)).includes(index);
}

/**
 * An index as a whole, authorised by itself where it allows that, else by the owner.
 * @throws TpmCommandError `command-failed` where it is not defined, was never written or asks for another authorisation
 * @throws TpmFormatError `too-large`
 */
export async function readNv(tpm: Tpm, index: number): Promise<Bytes> {
  const entity = await nvReadPublic(tpm, index);
  const { attributes, size } = entity;
  if (size > MAX_SIZE) throw new TpmFormatError('too-large', 'NV index', { got: size, want: MAX_SIZE });
  const authorizedBy = (attributes & NV_ATTRIBUTE.authRead) === 0 ? HIERARCHY.owner : entity;
  const parts: Bytes[] = [];
  for (let at = 0; at < size; at += CHUNK) {
    const length = Math.min(CHUNK, size - at);
    // §31.13
    const command = {
      name: 'NV_Read',
      handles: [authorizedBy, entity],
      authorizations: [EMPTY_PASSWORD],
      parameters: new Writer('big').u16(length).u16(at).finish(),
    } as const;
    parts.push(await tpm.run(command, (reader) => reader.sized16(length)));
  }
  return concat(...parts);
}

/** §31.3, by the owner, with an empty auth value. */
export async function defineNv(tpm: Tpm, { index, size, attributes }: NvDefinition): Promise<void> {
  const area = new Writer('big').u32(index).u16(hashId('sha256')).u32(attributes).u16(0).u16(size).finish();
  await tpm.run(
    {
      name: 'NV_DefineSpace',
      handles: [HIERARCHY.owner],
      authorizations: [EMPTY_PASSWORD],
      parameters: new Writer('big').u16(0).sized16(area).finish(),
    },
    () => undefined,
  );
}

/** §31.7, from the start of the index on, authorised as for reading. */
export async function writeNv(tpm: Tpm, index: number, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length; at += CHUNK) {
    // The first write changes the name: the index counts as written from then on.
    const entity = await nvReadPublic(tpm, index);
    const authorizedBy = (entity.attributes & NV_ATTRIBUTE.authWrite) === 0 ? HIERARCHY.owner : entity;
    await tpm.run(
      {
        name: 'NV_Write',
        handles: [authorizedBy, entity],
        authorizations: [EMPTY_PASSWORD],
        parameters: new Writer('big')
          .sized16(data.subarray(at, at + CHUNK))
          .u16(at)
          .finish(),
      },
      () => undefined,
    );
  }
}

/** §31.4, by the owner. */
export async function undefineNv(tpm: Tpm, index: number): Promise<void> {
  const entity = await nvReadPublic(tpm, index);
  const command = {
    name: 'NV_UndefineSpace',
    handles: [HIERARCHY.owner, entity],
    authorizations: [EMPTY_PASSWORD],
  } as const;
  await tpm.run(command, () => undefined);
}

/** §31.6 */
export function nvReadPublic(tpm: Tpm, index: number): Promise<NvIndex> {
  const command = { name: 'NV_ReadPublic', handles: [handleOnly(index)] } as const;
  return tpm.run(command, (reader) => {
    const area = reader.sized16();
    const name = reader.sized16();
    const { attributes, size } = readStructure('TPMS_NV_PUBLIC', area, (fields) => {
      fields.u32(); // nvIndex
      readHash(fields);
      const bits = fields.u32();
      fields.sized16(64); // authPolicy
      return { attributes: bits, size: fields.u16() };
    });
    return { handle: index, name, attributes, size };
  });
}

/** For a command without authorisation, which signs no names. */
function handleOnly(handle: number): TpmEntity {
  return { handle, name: new Uint8Array() };
}
