import { equalBytes, fromBase64url, sha256, toBase64url, toHex } from '@asterism/bytes';
import { bytesSchema, type Ticket } from '@asterism/contracts';
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { NodeError } from '../errors.ts';
import { writeAtomically } from './write-atomically.ts';

const stateDiskSchema = z.strictObject({
  schema: z.literal('asterism/state-disk/v1'),
  id: z.string(),
  keyVersion: z.number().int(),
  salt: bytesSchema(32),
  /** HMAC-SHA256(salt, key). */
  keyHash: bytesSchema(32),
});
type StateDisk = z.infer<typeof stateDiskSchema>;

/**
 * Stands for the LUKS2 header of the state disk: a salted hash of its key. Formats where the server's record says that
 * this disk was never open, opens otherwise, and never formats what was formatted (S26).
 * @returns SHA-256 of the key, hexadecimal
 * @throws NodeError `state-disk-key-wrong`, `state-disk-unformatted`, `state-disk-unreadable`
 */
export async function openStateDisk(
  file: string,
  disk: Ticket['stateDisk'],
  random: (length: number) => Uint8Array,
): Promise<string> {
  const key = fromBase64url(disk.key);
  const header = await readHeader(file);
  if (header === null) {
    if (!disk.format) {
      throw new NodeError(
        'state-disk-unformatted',
        `state disk ${disk.id} was open before, and is empty now`,
        {
          want: disk.id,
        },
      );
    }
    await format(file, disk, key, random(32));
  } else {
    requireSame(header, disk, key);
  }
  return toHex(await sha256(key));
}

function requireSame(header: StateDisk, disk: Ticket['stateDisk'], key: Uint8Array): void {
  const opens =
    header.id === disk.id &&
    header.keyVersion === disk.version &&
    equalBytes(fromBase64url(header.keyHash), hashOf(key, fromBase64url(header.salt)));
  if (opens) return;
  throw new NodeError('state-disk-key-wrong', 'the key of the ticket does not open the state disk', {
    got: `${disk.id} version ${disk.version}`,
    want: `${header.id} version ${header.keyVersion}`,
  });
}

async function format(
  file: string,
  disk: Ticket['stateDisk'],
  key: Uint8Array,
  salt: Uint8Array,
): Promise<void> {
  const header: StateDisk = {
    schema: 'asterism/state-disk/v1',
    id: disk.id,
    keyVersion: disk.version,
    salt: toBase64url(salt),
    keyHash: toBase64url(hashOf(key, salt)),
  };
  await writeAtomically(file, `${JSON.stringify(header, null, 2)}\n`, { durable: true });
}

function hashOf(key: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', salt).update(key).digest());
}

async function readHeader(file: string): Promise<StateDisk | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return stateDiskSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new NodeError(
      'state-disk-unreadable',
      'the header of the state disk is damaged; nothing is formatted',
      {
        cause,
      },
    );
  }
}
