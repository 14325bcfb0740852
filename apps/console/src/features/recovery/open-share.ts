import { armor, Decrypter } from 'age-encryption';

type ShareFileCode = 'identity-malformed' | 'identity-wrong' | 'share-damaged';

/** Why a share file does not open. No message quotes what was typed. */
class ShareFileError extends Error {
  override readonly name = 'ShareFileError';
  readonly code: ShareFileCode;

  constructor(code: ShareFileCode) {
    super(MESSAGES[code]);
    this.code = code;
  }
}

const MESSAGES: Readonly<Record<ShareFileCode, string>> = {
  'identity-malformed': 'This is no age key: it begins with AGE-SECRET-KEY-1 and has 74 characters.',
  'identity-wrong': 'The share is encrypted to somebody else: this key does not open it.',
  'share-damaged': 'This is no share file, or it was damaged on its way.',
};

const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----';
const IDENTITY = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;
/** A share is a few hundred bytes. */
const MAX_FILE = 16_384;

/** Whether a share came as an age file; else it was decrypted elsewhere. */
export function isEncrypted(share: string): boolean {
  return share.trimStart().startsWith(ARMOR);
}

/**
 * The plain text of a share, opened on this page: the key goes nowhere.
 * @param identity `AGE-SECRET-KEY-1…`, or all of the file that `age-keygen` wrote
 * @throws ShareFileError
 */
export async function openShare(share: string, identity: string): Promise<string> {
  if (!isEncrypted(share)) return share.trim();
  const decrypter = decrypterOf(identity);
  try {
    if (share.length > MAX_FILE) throw new ShareFileError('share-damaged');
    return await decrypter.decrypt(armor.decode(share), 'text');
  } catch (cause) {
    const wrong = cause instanceof Error && cause.message.startsWith('no identity matched');
    throw new ShareFileError(wrong ? 'identity-wrong' : 'share-damaged');
  }
}

function decrypterOf(identity: string): Decrypter {
  const lines = identity
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const decrypter = new Decrypter();
  try {
    if (lines.length === 0 || !lines.every((line) => IDENTITY.test(line))) throw new Error('no such line');
    for (const line of lines) decrypter.addIdentity(line);
  } catch {
    throw new ShareFileError('identity-malformed');
  }
  return decrypter;
}
