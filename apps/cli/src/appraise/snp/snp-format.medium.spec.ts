import { concat, toHex } from '@asterism/bytes';
import type { PolicyOf } from '@asterism/contracts';
import { MINT_AT, mintedPolicy, mintGuest, mintSnp, type MintedSnpMachine } from '@asterism/testkit';
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
  report = files.write(await machine.report(new Uint8Array(64).fill(7)));
  ark = files.pem(machine.pki.ark.certificate);
});

/** At the mint's time, with its root as a laboratory's. */
function appraise(evidence: string, ...argv: readonly string[]): Promise<AppraiseRun> {
  const time = ['--at', MINT_AT.toISOString(), '--trust-anchor', ark];
  return runAppraise('--format', 'snp-report', '--evidence', evidence, ...time, ...argv);
}

const chain = (): string[] => ['--collateral', files.pem(machine.leaf, ...machine.intermediates)];
const codes = ({ report }: AppraiseRun) => report.findings.map(({ code }) => code);

describe('appraise --format snp-report', () => {
  it('takes the certificates as collateral, in parts of any form, or behind the report', async () => {
    const [ask, root] = machine.intermediates.map((certificate) => files.pem(certificate));
    const table = machine.certificateTable();
    const ways = [
      [report, ...chain()],
      [report, '--part', `vcek=${files.write(machine.leaf.der)}`, '--collateral', ask, '--collateral', root],
      [
        report,
        '--part',
        `vcek=${files.pem(machine.leaf)}`,
        '--collateral',
        `${ask}`,
        '--collateral',
        `${root}`,
      ],
      [report, '--part', `certificates=${files.write(table)}`],
      [report, '--part', `certificates=${files.pem(machine.leaf, ...machine.intermediates)}`],
      [files.write(concat(await machine.report(), table))],
    ] as const;
    for (const [evidence, ...argv] of ways) {
      const run = await appraise(evidence, ...argv.map(String));
      expect(run).toMatchObject({ exitCode: 0, report: { outcome: 'genuine', code: 'genuine' } });
      expect(codes(run)).toContain('revocation-unchecked');
    }
  });

  it('takes a certificate that came twice once', async () => {
    const run = await appraise(report, ...chain(), ...chain(), '--part', `vcek=${files.pem(machine.leaf)}`);
    expect(run.exitCode).toBe(0);
  });

  it('decides the structure of a report alone, and names the certificate that is missing', async () => {
    const { exitCode, report: result } = await appraise(report);
    expect([exitCode, result.outcome, result.code]).toEqual([2, 'undecided', 'vcek-missing']);
    expect(JSON.parse(result.findings[0]?.wanted[0] ?? '')).toMatchObject({
      certificate: 'VCEK',
      product: 'Milan',
      chipId: toHex(machine.chipId),
    });
    expect(result.claims).toMatchObject({ version: 3, product: 'Milan', signingKey: 'VCEK' });
  });

  it('names a VLEK, which has no chip', async () => {
    const vlek = await mintSnp({ kind: 'VLEK' });
    const { report: result } = await appraise(files.write(await vlek.report()));
    expect(result.code).toBe('vlek-missing');
    const run = await appraise(
      files.write(await vlek.report()),
      ...['--part', `vlek=${files.pem(vlek.leaf)}`, '--collateral', files.pem(...vlek.intermediates)],
    );
    expect(run.report.claims).toMatchObject({ endorsementKey: { type: 'VLEK' }, signingKey: 'VLEK' });
    expect(run.exitCode).toBe(0);
  });

  it('takes of many certificates the one that was made for the report, and of none of them none', async () => {
    const others = await Promise.all([mintSnp(), mintSnp(), mintSnp()]);
    const pool = ['--collateral', files.pem(...others.map(({ leaf }) => leaf), ...machine.intermediates)];
    expect(await appraise(report, ...pool)).toMatchObject({ exitCode: 2, report: { code: 'vcek-missing' } });
    expect((await appraise(report, ...pool, ...chain())).exitCode).toBe(0);
    const [stranger] = others;
    if (stranger === undefined) throw new Error('no other machine');
    const alone = ['--collateral', files.pem(stranger.leaf, ...machine.intermediates)];
    const run = await appraise(report, ...alone);
    expect(run.exitCode).toBe(1);
    expect(codes(run)).toEqual(expect.arrayContaining(['signature-invalid', 'chip-id-mismatch']));
  });

  it('compares report data and nonce, which zeros follow', async () => {
    const said = '07'.repeat(64);
    expect((await appraise(report, ...chain(), '--report-data', said)).exitCode).toBe(0);
    const short = files.write(await machine.report(new Uint8Array(32).fill(9)));
    for (const option of ['--nonce', '--report-data']) {
      expect((await appraise(short, ...chain(), option, '09'.repeat(32))).exitCode).toBe(0);
    }
    for (const [option, code] of [
      ['--nonce', 'nonce-mismatch'],
      ['--report-data', 'report-data-mismatch'],
    ] as const) {
      const run = await appraise(report, ...chain(), option, '07'.repeat(32));
      const want = '07'.repeat(32) + '00'.repeat(32);
      expect(run).toMatchObject({
        exitCode: 1,
        first: { code, claim: 'reportData', got: said, wanted: [want] },
      });
    }
  });

  it('S14 refuses a guest that the host may debug', async () => {
    const { policy } = machine.content();
    const debug = await machine.report(undefined, { policy: { ...policy, debug: true } });
    expect(await appraise(files.write(debug), ...chain())).toMatchObject({
      exitCode: 1,
      first: { code: 'debug', claim: 'policyFlags.debug' },
    });
  });

  it('refuses a report that the firmware was told not to sign', async () => {
    for (const changes of [{ signingKey: 'none' }, { maskChipKey: true }] as const) {
      const unsigned = files.write(await machine.report(undefined, changes));
      for (const more of [[], chain()]) {
        expect(await appraise(unsigned, ...more)).toMatchObject({
          exitCode: 1,
          first: { code: 'report-unsigned' },
        });
      }
    }
  });

  it('judges as of now unless a time is given', async () => {
    const at = ['--at', '2020-01-01'];
    const argv = ['--format', 'snp-report', '--evidence', report, '--trust-anchor', ark, ...chain()];
    expect(await runAppraise(...argv, ...at)).toMatchObject({
      exitCode: 1,
      report: { code: 'chain-refused' },
    });
  });

  it('refuses bytes behind a report that are no certificate table', async () => {
    const bytes = await machine.report();
    for (const tail of [Uint8Array.of(0), new Uint8Array(23), new Uint8Array(100).fill(1)]) {
      const run = await appraise(files.write(concat(bytes, tail)), ...chain());
      expect(run).toMatchObject({ exitCode: 1, report: { code: 'certificate-table-malformed' } });
    }
  });

  it('accepts or refuses by a policy, with every claim', async () => {
    const guest = await mintGuest('sev-snp');
    const pki = guest.parts.snp?.pki;
    if (!guest.parts.snp || pki === undefined) throw new Error('the mint made no processor');
    const { leaf, intermediates } = guest.parts.snp;
    const list = files.write((await pki.crl()).der);
    const own = files.write(await guest.parts.snp.report());
    const document = mintedPolicy(guest) as PolicyOf<'sev-snp'>;
    const argv = [
      '--collateral',
      files.pem(leaf, ...intermediates),
      '--trust-anchor',
      files.pem(pki.ark.certificate),
    ];
    const policy = (change: object) => ['--policy', files.write({ ...document, ...change })];
    const good = await appraise(own, ...argv, '--collateral', list, ...policy({}));
    expect(good).toMatchObject({ exitCode: 0, report: { outcome: 'accepted', code: 'accepted' } });
    expect(good.report.claims['compared']).toMatchObject({
      'snp.measurement': { verdict: 'match' },
      'snp.host-data': { verdict: 'any' },
    });
    const unlisted = await appraise(own, ...argv, ...policy({}));
    expect(unlisted).toMatchObject({ exitCode: 2, report: { outcome: 'undecided' } });
    const values = [{ digest: '00'.repeat(48), comment: 'another image' }];
    const snp = { ...document.snp, measurement: { mode: 'enforce', values } };
    const other = await appraise(own, ...argv, '--collateral', list, ...policy({ snp }));
    expect(other).toMatchObject({
      exitCode: 1,
      report: { outcome: 'refused' },
      first: { claim: 'snp.measurement', wanted: ['00'.repeat(48)] },
    });
    const stranger = await appraise(
      own,
      ...argv,
      '--collateral',
      list,
      ...policy({ machines: ['00'.repeat(32)] }),
    );
    expect(stranger).toMatchObject({ exitCode: 1, report: { code: 'machine-not-allowed' } });
  });
});
