import { concat, toHex, utf8, type Bytes } from '@asterism/bytes';
import type { PolicyDocument } from '@asterism/contracts';
import { MINT_AT, mintAk, mintedPolicy, mintGuest, mintNitroDocument, mintQuote } from '@asterism/testkit';
import { toSpki, type NitroDocument } from '@asterism/tpm';
import { afterAll, describe, expect, it } from 'vitest';
import { EvidenceFiles } from '../../testing/evidence-files.ts';
import { runAppraise } from '../../testing/run-appraise.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

async function appraise(change: Partial<NitroDocument>, ...argv: readonly string[]) {
  const { bytes, chain } = await mintNitroDocument({ document: () => change });
  const root = chain.issuers.at(-1)?.certificate;
  if (root === undefined) throw new Error('the mint made no root');
  return runAppraise(
    ...['--format', 'nitro-tpm-document', '--evidence', files.write(bytes), '--at', MINT_AT.toISOString()],
    ...['--trust-anchor', files.write(root.der), ...argv],
  );
}

const PCRS = new Map(
  Array.from({ length: 24 }, (_, pcr) => [pcr, new Uint8Array(48).fill(pcr === 15 ? 0 : pcr)]),
);
const NONCE = utf8('a nonce of any length');

describe('appraise --format nitro-tpm-document', () => {
  it('S01 compares the nonce', async () => {
    const good = await appraise({ nonce: NONCE }, '--nonce', toHex(NONCE));
    expect(good).toMatchObject({
      exitCode: 0,
      report: { outcome: 'genuine', claims: { pcrKey: 'nitrotpm_pcrs' } },
    });
    for (const nonce of [NONCE, null, new Uint8Array()]) {
      expect(await appraise({ nonce }, '--nonce', '00')).toMatchObject({
        exitCode: 1,
        first: { code: 'nonce-mismatch', claim: 'nonce', wanted: ['00'] },
      });
    }
  });

  it('S14 refuses an enclave in debug mode', async () => {
    const zeros = new Map([0, 1, 2, 3, 4].map((pcr) => [pcr, new Uint8Array(48)]));
    const run = await appraise({ kind: 'enclave', pcrs: zeros });
    expect(run).toMatchObject({ exitCode: 1, first: { code: 'debug-mode', claim: 'pcrs' } });
    expect(await appraise({ kind: 'enclave', pcrs: PCRS })).toMatchObject({ exitCode: 0 });
  });

  const ak = mintAk('ecdsa-p256');
  if (ak.area.type !== 'ecc') throw new Error('the key is no ECC key');
  const point = concat(Uint8Array.of(4), ak.area.x, ak.area.y);
  const ownQuote = (pcrs: ReadonlyMap<number, Bytes>) => {
    const { quote, signature } = mintQuote(ak, { qualifyingData: NONCE, bank: 'sha384', pcrs });
    const values = Object.fromEntries([...pcrs].map(([pcr, value]) => [pcr, toHex(value)]));
    return [
      ...['--part', `quote=${files.write(quote)}`, '--part', `signature=${files.write(signature)}`],
      ...['--part', `pcrs=${files.write({ sha384: values })}`],
    ];
  };

  it('judges the quote of the key that the document names', async () => {
    for (const publicKey of [point, toSpki(ak.area)]) {
      const run = await appraise(
        { publicKey, pcrs: PCRS, nonce: NONCE },
        ...ownQuote(PCRS),
        '--nonce',
        toHex(NONCE),
      );
      expect(run).toMatchObject({
        exitCode: 0,
        report: { claims: { attest: { extraData: toHex(NONCE) }, nitro: { pcrKey: 'nitrotpm_pcrs' } } },
      });
    }
    expect(await appraise({ pcrs: PCRS }, ...ownQuote(PCRS))).toMatchObject({ exitCode: 2 });
    const stranger = mintAk('ecdsa-p256');
    expect(await appraise({ publicKey: toSpki(stranger.area), pcrs: PCRS }, ...ownQuote(PCRS))).toMatchObject(
      {
        exitCode: 1,
        report: { code: 'signature-invalid' },
      },
    );
  });

  it('S05 refuses a quote over other values than the document’s', async () => {
    const other = new Map([...PCRS, [4, new Uint8Array(48).fill(0xee)]]);
    expect(await appraise({ publicKey: point, pcrs: PCRS }, ...ownQuote(other))).toMatchObject({
      exitCode: 1,
      first: { code: 'pcr-mismatch', claim: 'pcrs.4' },
    });
  });

  it('accepts or refuses an instance by a policy, and no enclave', async () => {
    const policy = mintedPolicy(await mintGuest('aws-nitro-tpm'));
    const wanted = {
      mode: 'enforce',
      values: [{ digest: toHex(PCRS.get(4) ?? NONCE), comment: 'as minted' }],
    };
    const own = { ...policy, nitroTpm: { pcrs: { '4': wanted } } } as PolicyDocument;
    const by = (document: PolicyDocument) => ['--policy', files.write(document)];
    expect(await appraise({ pcrs: PCRS }, ...by(own))).toMatchObject({
      exitCode: 0,
      report: { outcome: 'accepted' },
    });
    expect(await appraise({ pcrs: PCRS }, ...by(policy))).toMatchObject({
      exitCode: 1,
      first: { claim: 'nitro-tpm.pcr.4' },
    });
    const enclave = { kind: 'enclave', pcrs: PCRS } as const;
    expect(await appraise(enclave, ...by(own))).toMatchObject({ exitCode: 1, first: { code: 'type-wrong' } });
  });
});
