import { Encrypter } from 'age-encryption';
import { decrypterOf, requireRecipient } from './age.ts';
import { RecoveryError } from './errors.ts';

/**
 * A binary age file, as it is made: memory is that of one chunk of 64 KiB.
 * @param recipients age X25519, each of whom can read it
 * @throws RecoveryError `recovery-recipient-invalid`
 */
export async function encryptStream(
  recipients: readonly string[],
  source: ReadableStream<Uint8Array>,
): Promise<ReadableStream<Uint8Array>> {
  await requireRecipients(recipients);
  return encrypterTo(recipients).encrypt(source);
}

/**
 * That `encryptStream` takes them, before there is anything to encrypt: a source that was begun and is not read holds what it
 * reads from.
 * @throws RecoveryError `recovery-recipient-invalid`, also for a point of low order
 */
export async function requireRecipients(recipients: readonly string[]): Promise<void> {
  for (const recipient of recipients) {
    requireRecipient(recipient);
    try {
      await encrypterTo([recipient]).encrypt(new Uint8Array());
    } catch (cause) {
      throw new RecoveryError('recovery-recipient-invalid', 'not an age X25519 recipient', {
        got: recipient,
        cause,
      });
    }
  }
}

function encrypterTo(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter;
}

/**
 * The plain text of a binary age file, chunk by chunk, each of them authentic. A file that was cut fails at its end, so what
 * came before is to be believed only then.
 * @param identity `AGE-SECRET-KEY-1…`, or the file that `age-keygen` wrote
 * @throws RecoveryError `recovery-identity-invalid`, `recovery-identity-wrong`; the stream fails on a damaged file
 */
export async function decryptStream(
  identity: string,
  source: ReadableStream<Uint8Array>,
): Promise<ReadableStream<Uint8Array>> {
  const decrypter = decrypterOf(identity);
  try {
    return await decrypter.decrypt(source);
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith('no identity matched')) {
      throw new RecoveryError('recovery-identity-wrong', 'encrypted to somebody else', { cause });
    }
    throw cause;
  }
}
