import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes } from '@asterism/bytes';
import { parseCertificate, parseCrl, parsePem, spkiSha256, verifyChain } from '@asterism/x509';
import { describe, expect, it } from 'vitest';
import {
  encodeTdxQuote,
  INTEL_SGX_ROOTS,
  parseTdxCollateral,
  parseTdxQuote,
  pckPlatformOf,
  TdxNotGenuineError,
  toTdxClaims,
  verifyPckChain,
  verifyTdxQuote,
  type TdxCollateral,
} from './index.ts';

interface Expected {
  readonly outcome: string;
  readonly reason?: string;
  readonly failingChecks?: readonly string[];
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly checks?: Readonly<Record<string, unknown>>;
}

interface Vector {
  readonly id: string;
  readonly family: string;
  readonly files: readonly { readonly path: string }[];
  readonly verifyAt: string | null;
  readonly expected: Expected;
}

const all = VECTORS_PRESENT
  ? (JSON.parse(readFileSync(join(VECTORS, 'MANIFEST.json'), 'utf8')) as Vector[])
  : [];
const vectors = all.filter(({ family }) => family === 'tdx');
const bytesOf = (path: string): Bytes => new Uint8Array(readFileSync(join(VECTORS, path)));
const textOf = (path: string): string => readFileSync(join(VECTORS, path), 'utf8');

/** Quotes that stand among the evidence of other families, each under its fields. */
const elsewhere = all
  .filter(({ family, files }) => family !== 'tdx' && files.some(({ path }) => path.endsWith('/td-quote.bin')))
  .map((vector) => ({ ...vector, quoteFields: vector.expected.fields?.['tdx'] ?? vector.expected.fields }));

function quoteOf({ files }: Vector): Bytes {
  const file = files.find(({ path }) => /\/(?:td-)?quote\.(?:bin|dat)$/.test(path));
  if (file === undefined) throw new Error('no quote');
  return bytesOf(file.path);
}

function collateralOf({ files }: Vector) {
  const file = files.find(({ path }) => path.endsWith('/collateral.json'));
  return file === undefined ? undefined : parseTdxCollateral(JSON.parse(textOf(file.path)));
}

async function outcomeOf(
  vector: Vector,
  collateral?: TdxCollateral,
): Promise<{ readonly outcome: string; readonly code?: string }> {
  try {
    await verifyTdxQuote({
      quote: quoteOf(vector),
      anchors: INTEL_SGX_ROOTS,
      // The parts of Azure's evidence have no time of their own.
      at: new Date(vector.verifyAt ?? '2026-02-18T14:04:40Z'),
      collateral,
    });
    return { outcome: 'genuine' };
  } catch (cause) {
    const { outcome, code } = cause as { outcome: string; code: string };
    return { outcome, code };
  }
}

/** The manifest's reason or failing check to what is said here. */
const REFUSALS: Readonly<Record<string, { readonly outcome: string; readonly code: string }>> = {
  'pck-crl-issuer': { outcome: 'genuine', code: 'pck-crl-issuer' },
  'tcb-info-signature': { outcome: 'genuine', code: 'tcb-info-signature' },
  'untrusted-root': { outcome: 'genuine', code: 'pck-chain' },
  qeReportSignature: { outcome: 'genuine', code: 'qe-report-signature' },
  quoteSignature: { outcome: 'genuine', code: 'quote-signature' },
  length: { outcome: 'input', code: 'quote-malformed' },
  'not-tdx': { outcome: 'input', code: 'not-tdx' },
  'tcb-status': { outcome: 'policy', code: 'tcb-status' },
  'debug-td': { outcome: 'policy', code: 'debug' },
  // S15: nothing speaks against the quote, and nothing for it either.
  'collateral-expired': { outcome: 'undecided', code: 'collateral-expired' },
};

/** Its chain is not PEM, so that not even its root can be read. */
const OWN_ENCODING = 'tdx/neg-intel-qvl-sample-own-root';

function expectationOf({ id, expected }: Vector): unknown {
  if (id === OWN_ENCODING) return { outcome: 'input', code: 'pck-malformed' };
  if (expected.outcome === 'accept') return { outcome: 'genuine' };
  if (expected.outcome === 'accept-signature-only')
    return { outcome: 'undecided', code: 'collateral-missing' };
  return REFUSALS[expected.failingChecks?.[0] ?? expected.reason ?? ''];
}

/** What the manifest says of a platform beside `fields`. */
const JUDGED = ['tcbStatus', 'advisoryIDs', 'platform', 'module', 'qe', 'tcbEvaluationDataNumber'] as const;

describe.skipIf(!VECTORS_PRESENT)('quotes of real machines', () => {
  it.each(vectors)('$id: $expected.outcome $expected.reason', async (vector) => {
    const want = expectationOf(vector);
    expect(want).toBeDefined();
    // The collateral of the SGX quote is of SGX too.
    const collateral = vector.expected.reason === 'not-tdx' ? undefined : collateralOf(vector);
    expect(await outcomeOf(vector, collateral)).toEqual(want);
  });

  it.each(vectors.filter(({ expected }) => expected.reason !== 'not-tdx' && expected.fields !== undefined))(
    '$id: every field and every judgement is what the manifest says',
    (vector) => {
      const { fields, ...expected } = vector.expected;
      const claims = toTdxClaims(parseTdxQuote(quoteOf(vector)), collateralOf(vector));
      for (const [name, value] of Object.entries(fields ?? {}))
        expect({ [name]: claims[name] }).toEqual({ [name]: value });
      const judged = JUDGED.filter((name) => name in expected);
      expect(Object.fromEntries(judged.map((name) => [name, claims[name]]))).toEqual(
        Object.fromEntries(judged.map((name) => [name, (expected as Record<string, unknown>)[name]])),
      );
      expect(vector.expected.outcome === 'accept' ? judged : JUDGED).toEqual([...JUDGED]);
    },
  );

  it.each(elsewhere)(
    '$id: the quote is genuine and its fields are what the manifest says',
    async (vector) => {
      const collateral = collateralOf(vector);
      const claims = toTdxClaims(parseTdxQuote(quoteOf(vector)), collateral);
      for (const [name, value] of Object.entries(vector.quoteFields ?? {})) {
        expect({ [name]: claims[name] }).toEqual({ [name]: value });
      }
      const undecided = { outcome: 'undecided', code: 'collateral-missing' };
      expect(await outcomeOf(vector, collateral)).toEqual(
        collateral === undefined ? undecided : { outcome: 'genuine' },
      );
    },
  );

  it.each(
    [...vectors, ...elsewhere].filter(
      ({ expected }) =>
        !['not-tdx'].includes(expected.reason ?? '') && !expected.failingChecks?.includes('length'),
    ),
  )('$id encodes to the same bytes', (vector) => {
    const bytes = quoteOf(vector);
    expect(encodeTdxQuote(parseTdxQuote(bytes))).toEqual(bytes);
  });

  it('reads the platform of a quote, and trusts what it says only below a pinned root', async () => {
    const vector = vectors.find(({ id }) => id === 'tdx/v4-gcp-00806f-2026-01-uptodate');
    const preproduction = vectors.find(({ id }) => id === 'tdx/neg-v4-preproduction-root');
    if (vector === undefined || preproduction === undefined) throw new Error('no such vector');
    const quote = parseTdxQuote(quoteOf(vector));
    const request = { anchors: INTEL_SGX_ROOTS, at: new Date(vector.verifyAt ?? '') };
    expect(pckPlatformOf(quote).fmspc).toBe('00806f050000');
    expect((await verifyPckChain(quote, request)).ca).toBe('platform');
    await expect(verifyPckChain(parseTdxQuote(quoteOf(preproduction)), request)).rejects.toThrow(
      TdxNotGenuineError,
    );
  });
});

describe.skipIf(!VECTORS_PRESENT)("Intel's root", () => {
  const folder = 'trust-anchors/intel-sgx-root';
  const root = () => parseCertificate(bytesOf(`${folder}/intel-sgx-root-ca.der`));

  it('is the one that is pinned', async () => {
    expect(INTEL_SGX_ROOTS.map(({ spkiSha256 }) => spkiSha256)).toEqual([await spkiSha256(root())]);
  });

  it('S11 is not the one of pre-production platforms, which has its name', async () => {
    for (const name of ['root-v4.pem', 'root-v5.pem']) {
      const [der] = parsePem(textOf(`trust-anchors/intel-preproduction-root-NOT-TRUSTED/${name}`));
      const other = parseCertificate(der ?? new Uint8Array());
      expect(other.subject.der).toEqual(root().subject.der);
      expect(INTEL_SGX_ROOTS.map(({ spkiSha256 }) => spkiSha256)).not.toContain(await spkiSha256(other));
    }
  });

  it.each(['tcb-signing-0', 'tcb-signing-1', 'pck-platform-ca-0', 'pck-processor-ca-0'])(
    'vouches for %s, which none of its lists revokes',
    async (name) => {
      const [der] = parsePem(textOf(`${folder}/${name}.pem`));
      const leaf = parseCertificate(der ?? new Uint8Array());
      for (const number of [0, 1, 2, 3]) {
        const crl = parseCrl(bytesOf(`${folder}/root-ca-crl-${number}.der`));
        const at = new Date(Math.max(crl.thisUpdate.getTime(), leaf.notBefore.getTime()));
        if (at >= crl.nextUpdate || at > leaf.notAfter) continue;
        const chain = await verifyChain({
          leaf,
          intermediates: [root()],
          anchors: INTEL_SGX_ROOTS,
          at,
          crls: [crl],
        });
        expect(chain.revocationChecked).toEqual([true]);
      }
    },
  );
});
