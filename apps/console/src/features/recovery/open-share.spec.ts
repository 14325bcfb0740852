import { armor, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { isEncrypted, openShare } from './open-share.ts';

const PLAIN = '{"schema":"asterism/recovery-share/v1"}';

async function person() {
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  return { identity, file: armor.encode(await encrypter.encrypt(PLAIN)) };
}

describe('openShare', () => {
  it('opens a share with its person’s key, typed or as the file of age-keygen', async () => {
    const { identity, file } = await person();
    expect(await openShare(file, ` ${identity}\n`)).toBe(PLAIN);
    expect(await openShare(file, `# created: 2026-11-25\n# public key: age1…\r\n${identity}\r\n`)).toBe(
      PLAIN,
    );
  });

  it('takes a share that was decrypted elsewhere as it is', async () => {
    expect(isEncrypted(PLAIN)).toBe(false);
    expect(await openShare(`${PLAIN}\n`, '')).toBe(PLAIN);
  });

  it('S25 says which of the two is wrong, and quotes neither', async () => {
    const [{ identity, file }, other] = await Promise.all([person(), person()]);
    await expect(openShare(file, other.identity)).rejects.toMatchObject({ code: 'identity-wrong' });
    const slip = identity.replace(/.$/, (last) => (last === 'Q' ? 'P' : 'Q'));
    for (const text of ['', 'AGE-SECRET-KEY-1', slip, identity.toLowerCase(), `${identity} ${identity}`]) {
      await expect(openShare(file, text)).rejects.toMatchObject({
        code: 'identity-malformed',
        message: expect.not.stringContaining('AGE-SECRET-KEY-1Q') as string,
      });
    }
    const damaged = file.replace(/\n(.)(.*)\n-----END/, (_, first: string, rest: string) => {
      return `\n${first === 'A' ? 'B' : 'A'}${rest}\n-----END`;
    });
    await expect(openShare(damaged, identity)).rejects.toMatchObject({ code: 'share-damaged' });
    await expect(openShare(file.slice(0, 200), identity)).rejects.toMatchObject({ code: 'share-damaged' });
    await expect(openShare(`${file}${'\n'.repeat(20_000)}`, identity)).rejects.toMatchObject({
      code: 'share-damaged',
    });
  });
});
