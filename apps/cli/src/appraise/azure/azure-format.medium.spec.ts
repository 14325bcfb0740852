import { readFileSync } from 'node:fs';
import { evidenceRequestOf } from '@asterism/attestation';
import { fromBase64url, fromHex, toHex } from '@asterism/bytes';
import type { PolicyOf } from '@asterism/contracts';
import { MINT_AT, mintedPolicy, mintGuest, type MintedGuest } from '@asterism/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { EvidenceFiles } from '../../testing/evidence-files.ts';
import { rootsOf } from '../../testing/guest-roots.ts';
import { runAppraise } from '../../testing/run-appraise.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

const NONCE = 'c0'.repeat(32);
type Variant = 'azure-sev-snp' | 'azure-tdx';

/** A machine's evidence as its files, by the names of the parts. */
async function mintFiles(guest: MintedGuest): Promise<Readonly<Record<string, string>>> {
  const policy = mintedPolicy(guest) as PolicyOf<Variant>;
  const request = evidenceRequestOf(policy);
  const { parts } = (await guest.collect({ request, binding: fromHex(NONCE) })) as unknown as {
    parts: Readonly<Record<string, string>> & { pcrs: Readonly<Record<string, string>> };
  };
  const hex = (text: string) => toHex(fromBase64url(text));
  const values = Object.fromEntries(Object.entries(parts.pcrs).map(([pcr, value]) => [pcr, hex(value)]));
  const write = (name: string) => files.write(fromBase64url(parts[name] ?? ''));
  return {
    evidence: write('hclReport'),
    quote: write('quote'),
    signature: write('signature'),
    pcrs: files.write({ [policy.tpm.bank]: values }),
    ...(parts['tdQuote'] === undefined ? {} : { 'td-quote': write('tdQuote') }),
  };
}

async function collateralOf({ parts: { snp, tdx }, collateral }: MintedGuest): Promise<readonly string[]> {
  const lists = collateral.crls.map(({ der }) => files.write(der));
  if (snp !== null) return [...lists, files.pem(snp.leaf, ...snp.intermediates)];
  const { rootCaCrl, pckCrl, tcbInfo, qeIdentity } = (await tdx?.answers()) ?? {};
  const chain = decodeURIComponent(tcbInfo?.issuerChain ?? '');
  return [rootCaCrl, pckCrl, tcbInfo?.body, qeIdentity?.body, chain].map((content) =>
    files.write(content ?? ''),
  );
}

async function appraise(
  guest: MintedGuest,
  own: Readonly<Record<string, string>>,
  ...argv: readonly string[]
) {
  const { evidence = '', ...parts } = own;
  return runAppraise(
    ...['--format', 'azure-hcl', '--evidence', evidence, '--at', MINT_AT.toISOString()],
    ...Object.entries(parts).flatMap(([name, file]) => ['--part', `${name}=${file}`]),
    ...rootsOf(guest).flatMap((root) => ['--trust-anchor', files.write(root.der)]),
    ...(await collateralOf(guest)).flatMap((file) => ['--collateral', file]),
    ...argv,
  );
}

describe.each<Variant>(['azure-sev-snp', 'azure-tdx'])('appraise --format azure-hcl, %s', (variant) => {
  it('is genuine, and accepted or refused by a policy', async () => {
    const guest = await mintGuest(variant);
    const own = await mintFiles(guest);
    expect(await appraise(guest, own, '--nonce', NONCE)).toMatchObject({
      exitCode: 0,
      report: { outcome: 'genuine' },
    });
    const policy = mintedPolicy(guest) as PolicyOf<Variant>;
    expect(await appraise(guest, own, '--policy', files.write(policy))).toMatchObject({
      exitCode: 0,
      report: { outcome: 'accepted' },
    });
    const values = [{ digest: '11'.repeat(32), comment: 'another boot' }];
    const pcrs = { '4': { mode: 'enforce', values } };
    const other = { ...policy, tpm: { ...policy.tpm, pcrs } };
    expect(await appraise(guest, own, '--policy', files.write(other))).toMatchObject({
      exitCode: 1,
      first: { code: 'pcr-mismatch', claim: 'tpm.pcr.4', wanted: ['11'.repeat(32)] },
    });
  });

  it('S05 refuses the quote, and the report, of another machine', async () => {
    const guest = await mintGuest(variant);
    const own = await mintFiles(guest);
    const other = await mintFiles(await mintGuest(variant));
    const { quote = '', signature = '', pcrs = '' } = other;
    expect(await appraise(guest, { ...own, quote, signature, pcrs })).toMatchObject({
      exitCode: 1,
      report: { code: 'signature-invalid' },
    });
    const mixed = await appraise(guest, { ...other, evidence: own['evidence'] ?? '' });
    expect(mixed.exitCode).toBe(1);
  });

  it('names the part that is missing', async () => {
    const guest = await mintGuest(variant);
    const { quote, signature, ...rest } = await mintFiles(guest);
    expect([quote, signature]).not.toContain(undefined);
    expect(await appraise(guest, rest, '--nonce', NONCE)).toMatchObject({
      exitCode: 2,
      first: { code: 'part-missing', wanted: ['quote'] },
    });
    const remarked = await appraise(guest, rest);
    expect(remarked).toMatchObject({ exitCode: 0 });
    expect(remarked.report.findings.map(({ code }) => code)).toContain('quote-missing');
  });
});

describe('appraise --format azure-hcl', () => {
  it('proves nothing by a TDREPORT without its TD quote', async () => {
    const guest = await mintGuest('azure-tdx');
    const { 'td-quote': quote, ...rest } = await mintFiles(guest);
    expect(quote).toBeDefined();
    expect(await appraise(guest, rest)).toMatchObject({
      exitCode: 2,
      first: { code: 'part-missing', wanted: ['td-quote'] },
    });
  });
});

describe('a TDREPORT beside the TD quote', () => {
  // TDINFO begins at 512 of the TDREPORT, which begins at 32 of the HCL report; TEE_TCB_INFO at 256.
  it.each([
    ['tdAttributes', 32 + 512],
    ['mrTd', 32 + 512 + 16],
    ['rtmr0', 32 + 512 + 208],
    ['rtmr3', 32 + 512 + 208 + 3 * 48],
    ['mrSeam', 32 + 256 + 24],
  ])('S05: that differs from it in %s is refused', async (field, offset) => {
    const guest = await mintGuest('azure-tdx');
    const own = await mintFiles(guest);
    const hcl = readFileSync(own['evidence'] ?? '');
    hcl[offset] = (hcl[offset] ?? 0) ^ 1;
    expect(await appraise(guest, { ...own, evidence: files.write(hcl) })).toMatchObject({
      exitCode: 1,
      first: { code: 'td-report-mismatch', claim: `tdReport.${field}` },
    });
  });
});
