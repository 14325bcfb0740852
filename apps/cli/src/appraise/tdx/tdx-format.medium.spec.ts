import { concat } from '@asterism/bytes';
import type { PolicyOf } from '@asterism/contracts';
import {
  collateralFileOf,
  MINT_AT,
  mintedPolicy,
  mintGuest,
  mintTdx,
  type MintedTdxMachine,
} from '@asterism/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EvidenceFiles } from '../../testing/evidence-files.ts';
import { runAppraise, type AppraiseRun } from '../../testing/run-appraise.ts';
import { Judgement } from '../judgement.ts';
import { judgeTdxQuote } from './judge-tdx.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

let machine: MintedTdxMachine;
let quote: string;
let root: string;
beforeAll(async () => {
  machine = await mintTdx();
  quote = files.write(await machine.quote(new Uint8Array(64).fill(7)));
  root = files.pem(machine.pki.root.certificate);
});

function appraise(evidence: string, ...argv: readonly string[]): Promise<AppraiseRun> {
  const time = ['--at', MINT_AT.toISOString(), '--trust-anchor', root];
  return runAppraise('--format', 'tdx-quote', '--evidence', evidence, ...time, ...argv);
}

type Answers = Awaited<ReturnType<MintedTdxMachine['answers']>>;

/** As `curl` stores what PCS answers: bodies alone, and the issuers that were in a header in a file of their own. */
function rawAnswers({ rootCaCrl, pckCrl, tcbInfo, qeIdentity }: Answers): readonly string[] {
  const issuers = decodeURIComponent(tcbInfo?.issuerChain ?? '');
  return [rootCaCrl, pckCrl, tcbInfo?.body, qeIdentity?.body, issuers].map((content) =>
    files.write(content ?? ''),
  );
}

const collateral = (paths: readonly string[]) => paths.flatMap((path) => ['--collateral', path]);
const fresh = async (options?: Parameters<MintedTdxMachine['answers']>[0]) =>
  collateral(rawAnswers(await machine.answers(options)));

describe('appraise --format tdx-quote', () => {
  it('takes raw answers of Intel’s, and all of them in one document', async () => {
    const answers = await machine.answers();
    for (const paths of [rawAnswers(answers), [files.write(collateralFileOf(answers))]]) {
      const run = await appraise(quote, ...collateral(paths), '--report-data', '07'.repeat(64));
      expect(run).toMatchObject({
        exitCode: 0,
        report: { outcome: 'genuine', claims: { tcbStatus: 'UpToDate', advisoryIDs: [] } },
      });
    }
  });

  it('decides signatures and chain without collateral, and names each part that is missing', async () => {
    const alone = await appraise(quote);
    expect(alone).toMatchObject({ exitCode: 2, first: { code: 'collateral-missing' } });
    expect(alone.first?.wanted).toHaveLength(4);
    const [rootCrl, ...rest] = rawAnswers(await machine.answers());
    expect((await appraise(quote, ...collateral(rest))).first?.wanted).toEqual([
      'revocation list of the Intel SGX Root CA',
    ]);
    expect(rootCrl).toBeDefined();
    const bytes = await machine.quote();
    bytes[200] = (bytes[200] ?? 0) ^ 1;
    expect(await appraise(files.write(bytes))).toMatchObject({
      exitCode: 1,
      report: { code: 'quote-signature' },
    });
    const stranger = await runAppraise(
      '--format',
      'tdx-quote',
      '--evidence',
      quote,
      '--at',
      MINT_AT.toISOString(),
    );
    expect(stranger).toMatchObject({ exitCode: 1, report: { code: 'pck-chain' } });
  });

  it('refuses collateral that cannot be read where a part is missing', async () => {
    const answers = rawAnswers(await machine.answers());
    const broken = files.write('{"tcbInfo":{"id":"TDX"');
    const all = await appraise(quote, ...collateral([...answers, broken]));
    expect(all).toMatchObject({ exitCode: 0, report: { code: 'genuine' } });
    const rest = await appraise(quote, ...collateral([...answers.slice(1), broken]));
    expect(rest).toMatchObject({ exitCode: 1, first: { code: 'collateral-malformed', got: broken } });
  });

  it('S15 refuses collateral that has expired where there is no other', async () => {
    const nextUpdate = new Date(MINT_AT.getTime() - 1000);
    const run = await appraise(quote, ...(await fresh({ nextUpdate })));
    expect(run).toMatchObject({ exitCode: 1, report: { code: 'collateral-expired' } });
    const both = await appraise(quote, ...(await fresh({ nextUpdate })), ...(await fresh()));
    expect(both).toMatchObject({ exitCode: 0, report: { code: 'genuine' } });
  });

  it.each(['SWHardeningNeeded', 'ConfigurationNeeded', 'OutOfDate', 'Revoked'])(
    'S14 refuses status %s where no policy takes it',
    async (status) => {
      const withStatus = await fresh({
        tcbInfo: (genuine) => ({
          ...genuine,
          tcbLevels: genuine.tcbLevels.map((level) => ({
            ...level,
            tcbStatus: status,
            advisoryIDs: ['INTEL-SA-00001'],
          })),
        }),
      });
      expect(await appraise(quote, ...withStatus)).toMatchObject({
        exitCode: 1,
        first: { code: 'tcb-status', claim: 'tcbStatus', wanted: ['UpToDate'] },
        report: { claims: { tcbStatus: status, advisoryIDs: ['INTEL-SA-00001'] } },
      });
    },
  );

  it('S14 refuses a trust domain under debug', async () => {
    const tdAttributes = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
    const debug = await machine.quote(undefined, { report: { tdAttributes } });
    expect(await appraise(files.write(debug), ...(await fresh()))).toMatchObject({
      exitCode: 1,
      first: { code: 'debug', claim: 'tdAttributesFlags.debug' },
      report: { claims: { tdAttributesFlags: { debug: true } } },
    });
  });

  it('takes zeros behind a quote, and tells of anything else', async () => {
    const bytes = await machine.quote();
    const padded = await appraise(files.write(concat(bytes, new Uint8Array(70))), ...(await fresh()));
    expect(padded).toMatchObject({ exitCode: 0, report: { claims: { trailingBytes: 70 } } });
    const followed = await appraise(files.write(concat(bytes, Uint8Array.of(1))), ...(await fresh()));
    expect(followed).toMatchObject({ exitCode: 0, report: { claims: { trailingBytes: 1 } } });
    const remark = ({ report }: AppraiseRun) => report.findings.find(({ code }) => code === 'trailing-bytes');
    expect([remark(padded), remark(followed)?.got]).toEqual([undefined, '1']);
  });

  it('accepts or refuses by a policy, which may take another status for a while', async () => {
    const guest = await mintGuest('tdx');
    const own = guest.parts.tdx;
    if (own === null) throw new Error('the mint made no platform');
    const document = mintedPolicy(guest) as PolicyOf<'tdx'>;
    const evidence = files.write(await own.quote());
    const judged = (answers: Answers, policy: object) =>
      runAppraise(
        ...['--format', 'tdx-quote', '--evidence', evidence, '--at', MINT_AT.toISOString()],
        ...['--trust-anchor', files.pem(own.pki.root.certificate), ...collateral(rawAnswers(answers))],
        ...['--policy', files.write(policy)],
      );
    expect(await judged(await own.answers(), document)).toMatchObject({
      exitCode: 0,
      report: { outcome: 'accepted' },
    });
    const needed = await own.answers({
      tcbInfo: (genuine) => ({
        ...genuine,
        tcbLevels: genuine.tcbLevels.map((level) => ({
          ...level,
          tcbStatus: 'SWHardeningNeeded',
          advisoryIDs: ['INTEL-SA-00001'],
        })),
      }),
    });
    expect(await judged(needed, document)).toMatchObject({ exitCode: 1, first: { claim: 'tdx.tcb-status' } });
    const exception = {
      status: 'SWHardeningNeeded',
      advisories: ['INTEL-SA-00001'],
      until: '2030-01-01T00:00:00Z',
      comment: 'until the firmware comes',
    };
    const tdx = { ...document.tdx, tcbStatus: { exceptions: [exception] } };
    expect(await judged(needed, { ...document, tdx })).toMatchObject({ exitCode: 0 });
  });

  it('S10 asks for nothing on the word of a platform that no pinned root vouches for', async () => {
    const askVendors = vi.fn(() => Promise.reject(new Error('asked')));
    const inputs = {
      evidence: new Uint8Array(),
      parts: new Map(),
      collateral: { certificates: [], crls: [], tdx: [] },
      unreadable: [],
      askVendors,
      nonce: null,
      reportData: null,
      policy: null,
      clusterId: null,
      anchors: [],
      now: MINT_AT,
    };
    const judgement = new Judgement();
    await judgeTdxQuote(judgement, await machine.quote(), inputs);
    expect(judgement.toReport()).toMatchObject({ outcome: 'refused', code: 'pck-chain' });
    expect(askVendors).not.toHaveBeenCalled();
  });
});
