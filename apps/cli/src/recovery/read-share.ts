import { openShare, parseShare, RecoveryError, type RecoveryShare } from '@asterism/keys/recovery';
import { readText } from '../connection/endpoint.ts';

/**
 * A share from a person's file with one of the identities, or decrypted already.
 * @param identities `AGE-SECRET-KEY-1…`, or files that `age-keygen` wrote
 * @throws RecoveryError, UsageError `file-unreadable`
 */
export async function readShare(file: string, identities: readonly string[]): Promise<RecoveryShare> {
  const text = await readText(file, 'share');
  if (text.trimStart().startsWith('{')) return parseShare(text);
  let refusal = new RecoveryError('recovery-identity-wrong', `${file} is encrypted: name an --identity`);
  for (const identity of identities) {
    try {
      return await openShare(text, identity);
    } catch (cause) {
      if (!(cause instanceof RecoveryError)) throw cause;
      refusal = new RecoveryError(cause.code, `${file}: ${cause.message}`, { cause });
    }
  }
  throw refusal;
}
