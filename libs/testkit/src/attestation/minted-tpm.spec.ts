import { toBase64url, utf8 } from '@asterism/bytes';
import { decodePublic, makeCredential } from '@asterism/tpm';
import { describe, expect, it } from 'vitest';
import { mintTpm } from './minted-tpm.ts';

describe('a minted TPM', () => {
  it('opens a credential that was made for it', async () => {
    const tpm = await mintTpm();
    const secret = utf8('thirty-two bytes of a secret !!!');
    const made = await makeCredential({
      ekPublic: decodePublic(tpm.ekPublic),
      akName: tpm.akName,
      secret,
    });
    const credential = {
      credentialBlob: toBase64url(made.credentialBlob),
      secret: toBase64url(made.secret),
    };
    expect(await tpm.activate(credential)).toEqual(secret);
    const other = await mintTpm();
    await expect(other.activate(credential)).rejects.toThrow();
  });
});
