import { toBase64url, utf8 } from '@asterism/bytes';
import type { Evidence, EvidenceOf } from '@asterism/contracts';
import {
  collateralFileOf,
  collectFrom,
  mintGuest,
  verifyGuest,
  type GuestVariant,
  type MintedGuest,
} from '@asterism/testkit';
import type { PcsAnswers } from '@asterism/tdx';
import { beforeAll, describe, expect, it } from 'vitest';
import { NO_COLLATERAL, parseEvidence } from '../index.ts';

let snp: EvidenceOf<'azure-sev-snp'>;
let azureTdx: EvidenceOf<'azure-tdx'>;
let tdx: MintedGuest;

beforeAll(async () => {
  const evidenceOf = async (variant: GuestVariant) => collectFrom(await mintGuest(variant));
  snp = (await evidenceOf('azure-sev-snp')) as typeof snp;
  azureTdx = (await evidenceOf('azure-tdx')) as typeof azureTdx;
  tdx = await mintGuest('tdx');
});

const withParts = (evidence: Evidence, parts: object): Evidence =>
  ({ ...evidence, parts: { ...evidence.parts, ...parts } }) as Evidence;
const refusal = (message: RegExp) =>
  expect.objectContaining({
    code: 'part-malformed',
    message: expect.stringMatching(message) as string,
  }) as Error;

describe("Azure's report", () => {
  it('S06 is of the TEE that the variant names', () => {
    expect(parseEvidence(snp)).toMatchObject({ hcl: { report: { reportType: 'SNP' } } });
    for (const [evidence, other] of [
      [snp, azureTdx],
      [azureTdx, snp],
    ] as const) {
      const borrowed = withParts(evidence, { hclReport: other.parts.hclReport });
      expect(() => parseEvidence(borrowed)).toThrow(refusal(/of another TEE/));
    }
  });
});

describe('collateral that comes with a quote', () => {
  const answersOf = async ({ parts }: MintedGuest): Promise<PcsAnswers> => (await parts.tdx?.answers()) ?? {};
  const withCollateral = async (text: string) =>
    withParts(await collectFrom(tdx), { collateral: toBase64url(utf8(text)) });

  it('is what the quote is judged by, where there is none from elsewhere', async () => {
    const evidence = await withCollateral(JSON.stringify(collateralFileOf(await answersOf(tdx))));
    const expected = { collateral: NO_COLLATERAL };
    await expect(verifyGuest(tdx, { evidence, expected })).resolves.toMatchObject({ variant: 'tdx' });
    await expect(verifyGuest(tdx, { expected })).rejects.toMatchObject({ code: 'collateral-missing' });
  });

  it('is refused, though it comes from the machine itself, unless its signers are Intel’s', async () => {
    const { rootCaCrl } = await answersOf(await mintGuest('tdx'));
    const forged = collateralFileOf({ ...(await answersOf(tdx)), rootCaCrl });
    const evidence = await withCollateral(JSON.stringify(forged));
    await expect(
      verifyGuest(tdx, { evidence, expected: { collateral: NO_COLLATERAL } }),
    ).rejects.toMatchObject({
      code: 'tdx-quote-invalid',
    });
  });

  it('S09 is refused with a code where it is no JSON, or not in this layout', async () => {
    for (const text of ['', '{', 'null', '[]', '{"tcb_info":7}', '{"root_ca_crl":"zz"}']) {
      const evidence = await withCollateral(text);
      expect(() => parseEvidence(evidence), text).toThrow(refusal(/^collateral/));
    }
    const notText = withParts(await collectFrom(tdx), { collateral: toBase64url(Uint8Array.of(0xff, 0xfe)) });
    expect(() => parseEvidence(notText)).toThrow(refusal(/^collateral/));
  });
});
