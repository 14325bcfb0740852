import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AMD_ROOTS, parseReport, verifyReport } from '@asterism/snp';
import { INTEL_SGX_ROOTS, parseTdxQuote, verifyTdxQuote } from '@asterism/tdx';
import { describe, expect, it } from 'vitest';
import { readCollateral, type CollateralFile } from './read-collateral.ts';
import { snpCollateralFor } from './select-snp.ts';
import { tdxCollateralFor } from './select-tdx.ts';

interface Vector {
  readonly id: string;
  readonly family: string;
  readonly verifyAt: string | null;
  readonly expected: { readonly outcome: string };
}
const vectors = VECTORS_PRESENT
  ? (JSON.parse(readFileSync(join(VECTORS, 'MANIFEST.json'), 'utf8')) as Vector[])
  : [];
const accepted = (family: string) =>
  vectors.filter((vector) => vector.family === family && vector.expected.outcome === 'accept');

/** The whole folder, evidence and manifest entry included. */
function folderOf({ id }: Vector): CollateralFile[] {
  const folder = join(VECTORS, id);
  return readdirSync(folder).map((name) => ({
    name,
    bytes: new Uint8Array(readFileSync(join(folder, name))),
    inFolder: true,
  }));
}
const bytesOf = ({ id }: Vector, name: string) => new Uint8Array(readFileSync(join(VECTORS, id, name)));

describe.skipIf(!VECTORS_PRESENT)('the folder of a genuine vector', () => {
  it.each(accepted('snp'))('$id holds what its report is proved with', async (vector) => {
    const collateral = await readCollateral(folderOf(vector));
    const report = bytesOf(vector, 'report.bin');
    const { leaf, intermediates, crls } = snpCollateralFor(parseReport(report), [], collateral);
    if (leaf === undefined) throw new Error('no certificate of the key that signed');
    const at = new Date(vector.verifyAt ?? '');
    await expect(
      verifyReport({ report, leaf, intermediates, crls, roots: AMD_ROOTS, at }),
    ).resolves.toBeDefined();
    expect(collateral.skipped.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['report.bin', 'vector.json']),
    );
  });

  it.each(accepted('tdx'))('$id holds what its quote is proved with', async (vector) => {
    const read = await readCollateral(folderOf(vector));
    const quote = bytesOf(vector, 'quote.bin');
    const at = new Date(vector.verifyAt ?? '');
    const collateral = tdxCollateralFor(parseTdxQuote(quote), read, at);
    await expect(verifyTdxQuote({ quote, anchors: INTEL_SGX_ROOTS, at, collateral })).resolves.toBeDefined();
  });
});

describe.skipIf(!VECTORS_PRESENT)("what vendors' own files hold", () => {
  it.each(['amd-crl-genoa/crl.der', 'intel-sgx-root/root-ca-crl-0.der'])(
    '%s is a revocation list',
    async (path) => {
      const bytes = new Uint8Array(readFileSync(join(VECTORS, 'trust-anchors', path)));
      const { crls, certificates } = await readCollateral([{ name: path, bytes }]);
      expect([crls.length, certificates.length]).toEqual([1, 0]);
    },
  );
});
