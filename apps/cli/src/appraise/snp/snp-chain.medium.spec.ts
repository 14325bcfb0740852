import { MINT_AT, mintSnp, mintSnpPki, type MintedSnpMachine } from '@asterism/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EvidenceFiles } from '../../testing/evidence-files.ts';
import { runAppraise, type AppraiseRun } from '../../testing/run-appraise.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

let machine: MintedSnpMachine;
let report: string;
let ark: string;
beforeAll(async () => {
  machine = await mintSnp();
  report = files.write(await machine.report());
  ark = files.pem(machine.pki.ark.certificate);
});

/** At the mint's time, with its root as a laboratory's. */
function appraise(evidence: string, ...argv: readonly string[]): Promise<AppraiseRun> {
  const time = ['--at', MINT_AT.toISOString(), '--trust-anchor', ark];
  return runAppraise('--format', 'snp-report', '--evidence', evidence, ...time, ...argv);
}

const chain = (): string[] => ['--collateral', files.pem(machine.leaf, ...machine.intermediates)];
const codes = ({ report }: AppraiseRun) => report.findings.map(({ code }) => code);

describe('the chain of the endorsement key', () => {
  it('names an issuer that is missing, and refuses a bad signature all the same', async () => {
    const leaf = ['--part', `vcek=${files.pem(machine.leaf)}`];
    const [ask] = machine.intermediates;
    if (ask === undefined) throw new Error('the mint made no ASK');
    expect(await appraise(report, ...leaf)).toMatchObject({
      exitCode: 2,
      first: { code: 'certificate-missing', wanted: [expect.stringContaining('SEV-Milan')] },
    });
    expect(await appraise(report, ...leaf, '--collateral', files.pem(ask))).toMatchObject({
      exitCode: 2,
      first: { code: 'certificate-missing', wanted: [expect.stringContaining('ARK-Milan')] },
    });
    expect(await appraise(report, ...leaf, '--collateral', ark)).toMatchObject({
      exitCode: 2,
      first: { code: 'certificate-missing', wanted: [expect.stringContaining('SEV-Milan')] },
    });
    const other = await machine.report();
    other[0x90] = (other[0x90] ?? 0) ^ 1;
    expect(await appraise(files.write(other), ...leaf)).toMatchObject({
      exitCode: 1,
      report: { code: 'signature-invalid' },
    });
  });

  it('S11 uses a revocation list that is given: revoked is refused, and so is stale', async () => {
    const list = async (options: Parameters<typeof machine.pki.crl>[0]) => [
      '--collateral',
      files.write((await machine.pki.crl(options)).der),
    ];
    const fresh = await appraise(report, ...chain(), ...(await list({})));
    expect([fresh.exitCode, codes(fresh).includes('revocation-unchecked')]).toEqual([0, false]);
    const revoked = await appraise(report, ...chain(), ...(await list({ revoked: [0x10001] })));
    expect(revoked).toMatchObject({ exitCode: 1, report: { code: 'chain-refused' } });
    const nextUpdate = new Date(MINT_AT.getTime() - 1000);
    const stale = await appraise(report, ...chain(), ...(await list({ nextUpdate })));
    expect(stale).toMatchObject({ exitCode: 1, report: { code: 'collateral-expired' } });
    const both = await appraise(report, ...chain(), ...(await list({ nextUpdate })), ...(await list({})));
    expect(both).toMatchObject({ exitCode: 0, report: { code: 'genuine' } });
  });

  it('trusts no root but the vendors’ unless it is told to, and says so loudly', async () => {
    const argv = ['--format', 'snp-report', '--evidence', report, '--at', MINT_AT.toISOString(), ...chain()];
    expect(await runAppraise(...argv)).toMatchObject({ exitCode: 1, report: { code: 'chain-refused' } });
    const spki = files.write(machine.pki.ark.certificate.spki);
    for (const anchor of [ark, files.write(machine.pki.ark.certificate.der), spki]) {
      const run = await runAppraise(...argv, '--trust-anchor', anchor);
      expect(run.exitCode).toBe(0);
      expect(run.err).toContain('warning');
      expect(codes(run)).toContain('laboratory-trust-anchor');
    }
    const foreign = await mintSnpPki('Milan', { foreign: true });
    const other = files.pem(foreign.ark.certificate);
    expect((await runAppraise(...argv, '--trust-anchor', other)).exitCode).toBe(1);
    const nothing = files.write('no key at all');
    expect(await runAppraise(...argv, '--trust-anchor', nothing)).toMatchObject({
      exitCode: 2,
      report: { error: { code: 'file-malformed' } },
    });
  });
});
