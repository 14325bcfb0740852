import { MINT_AT, mintNitroDocument, type NitroDocumentOrder } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { parseNitroDocument } from './parse-nitro-document.ts';
import { verifyNitroDocument } from './verify-nitro-document.ts';

async function verify(order: NitroDocumentOrder) {
  const { bytes, chain } = await mintNitroDocument(order);
  const request = { kinds: ['enclave', 'nitro-tpm'], roots: chain.anchors, at: MINT_AT } as const;
  return verifyNitroDocument(parseNitroDocument(bytes), request);
}

/** An enclave with sixteen PCRs, of which some are zero and some are left out. */
const enclave = (zero: readonly number[], missing: readonly number[] = []) =>
  verify({
    document: ({ pcrs }) => ({
      kind: 'enclave',
      pcrs: new Map(
        [...pcrs]
          .filter(([pcr]) => pcr < 16 && !missing.includes(pcr))
          .map(([pcr, value]) => [pcr, zero.includes(pcr) ? new Uint8Array(48) : value]),
      ),
    }),
  });

const refused = { name: 'TpmNotGenuineError', code: 'debug-mode' };

describe('an enclave in debug mode', () => {
  it('is refused', async () => {
    await expect(enclave([0, 1, 2])).rejects.toMatchObject(refused);
    await expect(enclave(Array.from({ length: 16 }, (_, pcr) => pcr))).rejects.toMatchObject(refused);
  });

  it('S05 is refused, too, where it leaves those PCRs out', async () => {
    await expect(enclave([0, 1], [2])).rejects.toMatchObject(refused);
    await expect(enclave([], [0, 1, 2])).rejects.toMatchObject(refused);
  });

  it('is told from one without an application PCR', async () => {
    expect((await enclave([])).document.kind).toBe('enclave');
    expect((await enclave([1, 2])).document.kind).toBe('enclave');
  });

  it('is none of a NitroTPM, whose PCRs start at zero', async () => {
    const { document } = await verify({ document: () => ({ pcrs: new Map([[0, new Uint8Array(48)]]) }) });
    expect(document.kind).toBe('nitro-tpm');
  });
});
