import { armor, Decrypter, Encrypter } from 'age-encryption';
import { RecoveryError } from './errors.ts';

/**
 * Native X25519 recipients and identities: bech32 of 32 bytes. Those of SSH keys, plugins and hardware tokens are not taken:
 * what opens a share in ten years is one line on paper and any age implementation.
 */
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;
const IDENTITY = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;

/** A share is a few hundred bytes; age adds less than 300. */
const MAX_ENCRYPTED = 16_384;

/**
 * An armored age file for one person.
 * @throws RecoveryError `recovery-recipient-invalid`, also for a point of low order
 */
export async function encryptTo(recipient: string, text: string): Promise<string> {
  requireRecipient(recipient);
  try {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    return armor.encode(await encrypter.encrypt(text));
  } catch (cause) {
    throw new RecoveryError('recovery-recipient-invalid', 'not an age X25519 recipient', {
      got: recipient,
      cause,
    });
  }
}

/** @throws RecoveryError `recovery-recipient-invalid` */
export function requireRecipient(recipient: string): void {
  if (RECIPIENT.test(recipient)) return;
  throw new RecoveryError('recovery-recipient-invalid', 'not an age X25519 recipient', {
    got: recipient,
    want: 'age1… of 62 letters',
  });
}

/**
 * @param encrypted armored age file
 * @param identity `AGE-SECRET-KEY-1…`, or the file that `age-keygen` wrote; where it has several, each is tried
 * @throws RecoveryError `recovery-identity-invalid`, `recovery-identity-wrong`, `recovery-share-malformed`
 */
export async function decryptWith(identity: string, encrypted: string): Promise<string> {
  const decrypter = decrypterOf(identity);
  try {
    return await decrypter.decrypt(dearmor(encrypted), 'text');
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith('no identity matched')) {
      throw new RecoveryError('recovery-identity-wrong', 'the share is encrypted to somebody else', {
        cause,
      });
    }
    throw new RecoveryError('recovery-share-malformed', 'not an age file, or damaged', { cause });
  }
}

function dearmor(encrypted: string): Uint8Array {
  if (encrypted.length > MAX_ENCRYPTED) throw new Error(`longer than ${MAX_ENCRYPTED} letters`);
  return armor.decode(encrypted);
}

/** @throws RecoveryError `recovery-identity-invalid` */
export function decrypterOf(identity: string): Decrypter {
  const lines = identity
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  try {
    if (lines.length === 0 || !lines.every((line) => IDENTITY.test(line))) throw new Error('no such line');
    const decrypter = new Decrypter();
    // Checks the checksum in the last six letters.
    for (const line of lines) decrypter.addIdentity(line);
    return decrypter;
  } catch {
    // No cause: a decoder's message quotes what it could not read.
    throw new RecoveryError('recovery-identity-invalid', 'not an age X25519 identity', {
      want: 'AGE-SECRET-KEY-1…',
    });
  }
}
