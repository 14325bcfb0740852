import { BytesError, concat, type Bytes } from '@asterism/bytes';
import { StateDiskError } from '../errors.ts';
import {
  encodeCopy,
  HEADER_SIZE,
  looksLikeLuks,
  parseCopy,
  type HeaderCopy,
  type HeaderText,
} from './binary-header.ts';
import { parseMetadata, type Metadata, type Whitelist } from './metadata.ts';

/** Both copies. */
export const COPIES_SIZE = 2 * HEADER_SIZE;

/** A header that passed the whitelist. */
export interface Header {
  readonly uuid: string;
  readonly sequence: bigint;
  readonly metadata: Metadata;
}

/** What the first 32 KiB of a disk are. */
export type Found =
  | { readonly kind: 'header'; readonly header: Header }
  /** Neither copy begins like one. */
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly error: StateDiskError };

/**
 * Reads both copies. The valid one counts; of two, that with the higher sequence number, the first where they are equal: a
 * kill between the writes leaves one older or torn.
 */
export async function readHeader(bytes: Uint8Array, whitelist: Whitelist): Promise<Found> {
  const copies = [
    await readCopy(bytes.subarray(0, HEADER_SIZE), 'primary'),
    await readCopy(bytes.subarray(HEADER_SIZE, COPIES_SIZE), 'secondary'),
  ];
  const texts = copies.filter(
    (copy): copy is HeaderText => !(copy instanceof StateDiskError) && copy !== null,
  );
  const [first, second] = texts;
  if (first === undefined) {
    const error = copies.find((copy) => copy instanceof StateDiskError);
    return error === undefined ? { kind: 'none' } : { kind: 'refused', error };
  }
  const { uuid, sequence, json } = second !== undefined && second.sequence > first.sequence ? second : first;
  try {
    return { kind: 'header', header: { uuid, sequence, metadata: parseMetadata(json, whitelist) } };
  } catch (error) {
    if (error instanceof StateDiskError) return { kind: 'refused', error };
    throw error;
  }
}

/**
 * Both copies, written anew from what was checked: whatever reads them sees nothing else than we did, duplicate members
 * and odd spaces of the JSON included.
 */
export async function encodeHeader(
  { uuid, sequence, metadata }: Header,
  random: (length: number) => Uint8Array,
): Promise<Bytes> {
  const text = { uuid, sequence, json: JSON.stringify(metadata) };
  return concat(
    await encodeCopy(text, 'primary', random(64)),
    await encodeCopy(text, 'secondary', random(64)),
  );
}

async function readCopy(bytes: Uint8Array, copy: HeaderCopy): Promise<HeaderText | StateDiskError | null> {
  if (!looksLikeLuks(bytes)) return null;
  try {
    return await parseCopy(bytes, copy);
  } catch (error) {
    if (error instanceof StateDiskError) return error;
    if (!(error instanceof BytesError)) throw error;
    return new StateDiskError('state-disk-header-malformed', `the LUKS header is damaged: ${error.message}`, {
      cause: error,
    });
  }
}
