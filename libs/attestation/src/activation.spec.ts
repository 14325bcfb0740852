import { mintTpm, type MintedTpm } from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { activatedFromRecord, confirmActivation } from './index.ts';

let tpm: MintedTpm;
beforeAll(async () => {
  tpm = await mintTpm();
});

const confirm = (expectedSecret: Uint8Array, givenSecret = expectedSecret) =>
  confirmActivation({ expectedSecret, givenSecret, akPublic: tpm.akPublic, ekPublic: tpm.ekPublic });
const DIGEST = 'ab'.repeat(32);

describe('an activation', () => {
  it('says which key was activated on which machine', async () => {
    const { identity, akPublicSha256 } = await confirm(new Uint8Array(16));
    expect(identity).toBe(tpm.identity);
    expect(akPublicSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('S04 is not made of a secret that could be guessed, or of none', async () => {
    for (const length of [0, 8, 15]) {
      await expect(confirm(new Uint8Array(length))).rejects.toMatchObject({ code: 'part-malformed' });
    }
  });

  it('S01 fails with another secret, or a part of it', async () => {
    const secret = new Uint8Array(32).fill(1);
    for (const given of [
      new Uint8Array(32),
      secret.slice(0, 16),
      new Uint8Array(),
      new Uint8Array(33).fill(1),
    ]) {
      await expect(confirm(secret, given)).rejects.toMatchObject({ code: 'activation-failed' });
    }
  });

  it.each([
    ['key', { akPublicSha256: `${DIGEST}00`, identity: DIGEST }],
    ['key in capitals', { akPublicSha256: DIGEST.toUpperCase(), identity: DIGEST }],
    ['machine', { akPublicSha256: DIGEST, identity: '' }],
    ['line before a machine', { akPublicSha256: DIGEST, identity: `x\n${DIGEST}` }],
  ])('S04 is not read from a record without a whole digest: %s', (_title, record) => {
    expect(() => activatedFromRecord(record)).toThrow(
      expect.objectContaining({ code: 'part-malformed' }) as Error,
    );
    expect(activatedFromRecord({ akPublicSha256: DIGEST, identity: DIGEST })).toMatchObject({
      identity: DIGEST,
    });
  });
});
