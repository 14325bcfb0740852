import { lockedPcr15 } from '@asterism/attestation';
import { hashLength, extendPcr, pcrSelection, type PcrBank } from '@asterism/tpm';
import { describe, expect, it } from 'vitest';
import { isExtended, lockInto, type LockTpm } from './lock.ts';

const CLUSTER = new Uint8Array(32).fill(9);

/** PCR 15 of a TPM with these banks, as memory. */
class Pcr15 implements LockTpm {
  readonly values = new Map<PcrBank, Uint8Array>();
  readonly allocated: readonly PcrBank[];
  extensions = 0;

  constructor(...banks: readonly PcrBank[]) {
    this.allocated = banks;
    for (const bank of banks) this.values.set(bank, new Uint8Array(hashLength(bank)));
  }

  async listPcrBanks() {
    return [pcrSelection('sha1', [15]), ...this.allocated.map((bank) => pcrSelection(bank, [4, 15]))];
  }

  async pcrRead(bank: PcrBank) {
    return new Map([[15, new Uint8Array(this.values.get(bank) ?? [])]]);
  }

  async pcrExtend(pcr: number, digests: Parameters<LockTpm['pcrExtend']>[1]): Promise<void> {
    expect(pcr).toBe(15);
    this.extensions += 1;
    for (const bank of this.allocated) {
      const digest = digests.get(bank);
      const before = this.values.get(bank);
      if (digest && before) this.values.set(bank, await extendPcr(bank, before, digest));
    }
  }
}

describe('the lock', () => {
  it.each([[['sha256']], [['sha384']], [['sha256', 'sha384']]] as const)(
    'S20 goes into every bank that a policy can ask for: %j',
    async (banks) => {
      const tpm = new Pcr15(...banks);
      expect(await isExtended(tpm)).toBe(false);
      await lockInto(tpm, CLUSTER);
      for (const bank of banks) expect(tpm.values.get(bank)).toEqual(await lockedPcr15(bank, CLUSTER));
      expect(tpm.extensions).toBe(1);
      expect(await isExtended(tpm)).toBe(true);
    },
  );

  it('S20 is made once a boot: a second one is refused and changes nothing', async () => {
    const tpm = new Pcr15('sha256');
    await lockInto(tpm, CLUSTER);
    await expect(lockInto(tpm, CLUSTER)).rejects.toMatchObject({ code: 'lock-foreign' });
    expect(tpm.values.get('sha256')).toEqual(await lockedPcr15('sha256', CLUSTER));
  });

  it('S20 sees an extension in one bank only', async () => {
    const tpm = new Pcr15('sha256', 'sha384');
    await tpm.pcrExtend(15, new Map([['sha384', new Uint8Array(48)]]));
    expect(await isExtended(tpm)).toBe(true);
    await expect(lockInto(tpm, CLUSTER)).rejects.toMatchObject({ code: 'lock-foreign' });
    expect(tpm.values.get('sha256')).toEqual(new Uint8Array(32));
  });

  it('S20 is not believed to be made where PCR 15 does not show it', async () => {
    const tpm = new Pcr15('sha256');
    tpm.pcrExtend = () => Promise.resolve();
    await expect(lockInto(tpm, CLUSTER)).rejects.toMatchObject({ code: 'lock-foreign' });
  });

  it('S20 is impossible on a TPM that has no such bank', async () => {
    await expect(lockInto(new Pcr15(), CLUSTER)).rejects.toMatchObject({ code: 'lock-foreign' });
    await expect(isExtended(new Pcr15())).rejects.toMatchObject({ code: 'lock-foreign' });
  });
});
