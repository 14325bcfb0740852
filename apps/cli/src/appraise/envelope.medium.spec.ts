import { evidenceRequestOf } from '@asterism/attestation';
import { fromHex, toHex } from '@asterism/bytes';
import type { PolicyDocument } from '@asterism/contracts';
import {
  GUEST_VARIANTS,
  MINT_AT,
  mintedPolicy,
  mintGuest,
  type GuestVariant,
  type MintedGuest,
} from '@asterism/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { EvidenceFiles } from '../testing/evidence-files.ts';
import { runAppraise, type AppraiseRun } from '../testing/run-appraise.ts';
import { rootsOf } from '../testing/guest-roots.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

const BINDING = 'b1'.repeat(32);
interface Case {
  readonly guest: MintedGuest;
  readonly policy: PolicyDocument;
  readonly argv: readonly string[];
}

async function mintCase(variant: GuestVariant): Promise<Case> {
  const guest = await mintGuest(variant);
  const policy = mintedPolicy(guest);
  const evidence = await guest.collect({ request: evidenceRequestOf(policy), binding: fromHex(BINDING) });
  const roots = rootsOf(guest).flatMap((root) => ['--trust-anchor', files.write(root.der)]);
  const lists = guest.collateral.crls.map(({ der }) => files.write(der));
  const documents = await documentsOf(guest);
  const collateral = [...lists, ...documents].flatMap((file) => ['--collateral', file]);
  const argv = ['--format', 'envelope', '--evidence', files.write(evidence), ...roots, ...collateral];
  return { guest, policy, argv: [...argv, '--at', MINT_AT.toISOString()] };
}

/** What Intel's PCS answers for the machine: lists in DER, documents as they are sent, their issuers apart. */
async function documentsOf({ parts: { tdx } }: MintedGuest): Promise<readonly string[]> {
  if (tdx === null) return [];
  const { rootCaCrl, pckCrl, tcbInfo, qeIdentity } = await tdx.answers();
  const chain = decodeURIComponent(tcbInfo?.issuerChain ?? '');
  return [rootCaCrl, pckCrl, tcbInfo?.body, qeIdentity?.body, chain].map((content) =>
    files.write(content ?? ''),
  );
}

const codes = ({ report }: AppraiseRun) => report.findings.map(({ code }) => code);

describe.each(GUEST_VARIANTS)('appraise --format envelope, variant %s', (variant) => {
  it('is genuine, and accepted by its policy', async () => {
    const { policy, argv } = await mintCase(variant);
    const genuine = await runAppraise(...argv);
    expect(genuine).toMatchObject({ exitCode: 0, report: { outcome: 'genuine', claims: { variant } } });
    expect(codes(genuine)).toContain('nonce-unchecked');
    const accepted = await runAppraise(...argv, '--nonce', BINDING, '--policy', files.write(policy));
    expect(accepted).toMatchObject({ exitCode: 0, report: { outcome: 'accepted', code: 'accepted' } });
    expect(codes(accepted)).toEqual(codes(accepted).filter((code) => code === 'laboratory-trust-anchor'));
    expect(Object.keys(accepted.report.claims['compared'] as object).length).toBeGreaterThan(3);
  });

  it('S01 is refused where the binding is another', async () => {
    const { argv } = await mintCase(variant);
    const run = await runAppraise(...argv, '--nonce', 'b2'.repeat(32));
    expect(run).toMatchObject({ exitCode: 1, report: { outcome: 'refused', code: 'binding-mismatch' } });
  });

  it('S06 is refused by the policy of another variant', async () => {
    const { argv } = await mintCase(variant);
    const other = await mintGuest(variant === 'sev-snp' ? 'aws-nitro-tpm' : 'sev-snp');
    const run = await runAppraise(...argv, '--policy', files.write(mintedPolicy(other)));
    expect(run).toMatchObject({ exitCode: 1, report: { code: 'variant-mismatch' } });
  });
});

describe('appraise --format envelope', () => {
  it('reads the document of the API that holds one', async () => {
    const { guest, policy, argv } = await mintCase('sev-snp');
    const evidence = await guest.collect({ request: evidenceRequestOf(policy), binding: fromHex(BINDING) });
    const document = files.write({ node: 'worker-1', evidence });
    const run = await runAppraise(
      ...argv.map((text, at) => (argv[at - 1] === '--evidence' ? document : text)),
    );
    expect(run.exitCode).toBe(0);
  });

  it('S09 refuses what is no envelope', async () => {
    const wrong = ['', 'null', '[]', '{}', '{"variant":"tpm"}', '{"evidence":{}}', '{'.repeat(100_000), 'ff'];
    for (const text of wrong) {
      const argv = ['--format', 'envelope', '--evidence', files.write(text)];
      expect((await runAppraise(...argv)).exitCode).toBe(1);
    }
  });

  it('S20 needs the cluster’s identity to judge an extended lock, and compares it', async () => {
    const { guest, policy, argv } = await mintCase('azure-sev-snp');
    const cluster = new Uint8Array(32).fill(0x1d);
    await guest.lock(cluster);
    const evidence = await guest.collect({ request: evidenceRequestOf(policy), binding: fromHex(BINDING) });
    const locked = files.write(evidence);
    const own = argv.map((text, at) => (argv[at - 1] === '--evidence' ? locked : text));
    const judged = (...more: readonly string[]) =>
      runAppraise(...own, '--policy', files.write(policy), '--nonce', BINDING, ...more);
    expect(await judged()).toMatchObject({ exitCode: 2, report: { code: 'cluster-id-missing' } });
    expect((await judged('--cluster-id', toHex(cluster))).exitCode).toBe(0);
    expect(await judged('--cluster-id', '1e'.repeat(32))).toMatchObject({
      exitCode: 1,
      report: { code: 'lock-foreign' },
    });
  });
});
