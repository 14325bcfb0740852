import { MINT_AT, mintAk } from '@asterism/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { mintConstellationDocument } from '../../testing/constellation-document.ts';
import { EvidenceFiles } from '../../testing/evidence-files.ts';
import { runAppraise, type AppraiseRun } from '../../testing/run-appraise.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

const NONCE = new Uint8Array(32).fill(0x0c);
const ak = mintAk('rsassa-2048');

function appraise(document: object): Promise<AppraiseRun> {
  const evidence = ['--format', 'constellation', '--evidence', files.write(document)];
  return runAppraise(...evidence, '--at', MINT_AT.toISOString());
}

describe('a document that is damaged', () => {
  it('S05 is refused with two quotes over one bank, and without any', async () => {
    const document = await mintConstellationDocument({ ak, nonce: NONCE, instanceInfo: null });
    const { quotes } = document['Attestation'] as { quotes: readonly object[] };
    for (const list of [[], quotes.slice(0, 1), [...quotes, ...quotes.slice(1)]]) {
      const changed = { ...document, Attestation: { ...(document['Attestation'] as object), quotes: list } };
      expect(await appraise(changed)).toMatchObject({ exitCode: 1, report: { code: 'part-malformed' } });
    }
  });

  it('says what it got in place of an object', async () => {
    for (const [got, document] of [
      ['a list', { Attestation: [] }],
      ['null', { Attestation: null }],
    ] as const) {
      expect((await appraise(document)).first).toMatchObject({
        code: 'part-malformed',
        got,
        wanted: ['an object'],
      });
    }
  });

  it('S09 is refused whatever any member is', async () => {
    const document = await mintConstellationDocument({
      ak,
      nonce: NONCE,
      instanceInfo: { AttestationReport: '' },
    });
    const values = [undefined, null, 7, 'x', [], {}, [null], { pcrs: null }];
    for (const name of ['ak_pub', 'quotes', 'event_log', 'ak_cert', 'intermediate_certs']) {
      for (const value of values) {
        const attestation = { ...(document['Attestation'] as object), [name]: value };
        const { exitCode, report } = await appraise({ ...document, Attestation: attestation });
        expect([1, 2], `${name} ${JSON.stringify(value)}`).toContain(exitCode);
        expect(report.error).toBeUndefined();
      }
    }
    for (const name of ['Attestation', 'InstanceInfo', 'UserData']) {
      for (const value of values) {
        const { report } = await appraise({ ...document, [name]: value });
        expect(report.error, `${name} ${JSON.stringify(value)}`).toBeUndefined();
      }
    }
  });
});
