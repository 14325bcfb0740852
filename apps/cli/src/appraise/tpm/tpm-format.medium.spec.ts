import { concat, sha256, toHex, type Bytes } from '@asterism/bytes';
import {
  MINT_AT,
  mintAk,
  mintedPolicy,
  mintGuest,
  mintQuote,
  type AkKind,
  type MintedAk,
} from '@asterism/testkit';
import {
  decodeSignature,
  encodeEventLog,
  encodeSizedPublic,
  EVENT_TYPE,
  extendPcr,
  toSpki,
  type TpmQuoteBytes,
} from '@asterism/tpm';
import { derSequence, derUnsignedInteger, toPem } from '@asterism/x509';
import { afterAll, describe, expect, it } from 'vitest';
import { EvidenceFiles } from '../../testing/evidence-files.ts';
import { rootsOf } from '../../testing/guest-roots.ts';
import { runAppraise, type AppraiseRun } from '../../testing/run-appraise.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

const NONCE = new Uint8Array(20).fill(0x5a);
const ZERO = new Uint8Array(32);
const KINDS: readonly AkKind[] = ['ecdsa-p256', 'ecdsa-p384', 'rsassa-2048', 'rsapss-2048'];
const keys = new Map(KINDS.map((kind) => [kind, mintAk(kind)]));

function keyOf(kind: AkKind): MintedAk {
  const key = keys.get(kind);
  if (key === undefined) throw new Error(`no key ${kind}`);
  return key;
}

type Order = Partial<Parameters<typeof mintQuote>[1]>;
const pcrs = new Map([4, 7].map((pcr) => [pcr, new Uint8Array(32).fill(pcr)]));
const quoteBy = (kind: AkKind, order: Order = {}): TpmQuoteBytes =>
  mintQuote(keyOf(kind), { qualifyingData: NONCE, bank: 'sha256', pcrs, ...order });

interface Parts {
  readonly signature?: Uint8Array;
  readonly ak?: Uint8Array | string;
  readonly pcrs?: object;
  readonly log?: Uint8Array;
}

function appraise(quote: TpmQuoteBytes, parts: Parts = {}, ...argv: readonly string[]): Promise<AppraiseRun> {
  const values = { sha256: Object.fromEntries([...quote.pcrs].map(([pcr, value]) => [pcr, toHex(value)])) };
  const log = parts.log === undefined ? [] : ['--part', `event-log=${files.write(parts.log)}`];
  return runAppraise(
    ...['--format', 'tpm-quote', '--evidence', files.write(quote.quote), '--at', MINT_AT.toISOString()],
    ...['--part', `signature=${files.write(parts.signature ?? quote.signature)}`],
    ...['--part', `ak=${files.write(parts.ak ?? quote.akPublic)}`],
    ...['--part', `pcrs=${files.write(parts.pcrs ?? values)}`],
    ...log,
    ...argv,
  );
}

const genuine = { exitCode: 0, report: { outcome: 'genuine' } };
const codes = ({ report }: AppraiseRun) => report.findings.map(({ code }) => code);

describe.each(KINDS)('appraise --format tpm-quote by a key of %s', (kind) => {
  it('takes the key in every form, and says what a bare one does not tell', async () => {
    const { area } = keyOf(kind);
    const quote = quoteBy(kind);
    for (const ak of [quote.akPublic, encodeSizedPublic(area)]) {
      const run = await appraise(quote, { ak }, '--nonce', toHex(NONCE));
      expect(run).toMatchObject(genuine);
      expect(codes(run)).toEqual(['attestation-key-unproved']);
    }
    for (const ak of [toSpki(area), toPem(toSpki(area), 'PUBLIC KEY')]) {
      const run = await appraise(quote, { ak }, '--nonce', toHex(NONCE));
      expect(run).toMatchObject(genuine);
      expect(codes(run)).toContain('ak-attributes-unchecked');
    }
  });

  it('takes the signature bare', async () => {
    const quote = quoteBy(kind);
    for (const signature of bareForms(quote)) {
      expect(await appraise(quote, { signature, ak: quote.akPublic })).toMatchObject(genuine);
    }
  });
});

/** RSA as it is; ECDSA as `r ‖ s` and as DER. */
function bareForms({ signature }: TpmQuoteBytes): readonly Bytes[] {
  const decoded = decodeSignature(signature);
  if (decoded.scheme !== 'ecdsa') return [decoded.signature];
  const { r, s } = decoded;
  return [concat(r, s), derSequence(derUnsignedInteger(r), derUnsignedInteger(s))];
}

describe('appraise --format tpm-quote', () => {
  it('takes PCR values by index, as a list, and inside a document', async () => {
    const quote = quoteBy('ecdsa-p256');
    const hex = (pcr: number) => toHex(new Uint8Array(32).fill(pcr));
    const list = Array.from({ length: 8 }, (_, pcr) => hex(pcr));
    const forms = [
      { sha256: { '4': hex(4), '7': hex(7) } },
      { sha256: { '4': `0x${hex(4)}`, '7': hex(7).toUpperCase() }, sha1: {} },
      { sha256: list },
      { nonce: '00', pcrs: { sha256: list } },
    ];
    for (const form of forms) expect(await appraise(quote, { pcrs: form })).toMatchObject(genuine);
    for (const [form, code] of [
      [{ sha384: list }, 'malformed'],
      [{ sha256: 'x' }, 'malformed'],
      [{ sha256: { '4': 'x', '7': hex(7) } }, 'malformed'],
      [{ sha256: { '4': hex(4) } }, 'pcr-selection-mismatch'],
      [{ sha256: { '4': hex(4), '7': hex(4) } }, 'pcr-digest-mismatch'],
      [null, 'malformed'],
    ] as const) {
      const run = await appraise(quote, { pcrs: form ?? [null] });
      expect(run).toMatchObject({ exitCode: 1, report: { code } });
    }
  });

  it('S01 compares the nonce, also one of no bytes', async () => {
    const empty = quoteBy('ecdsa-p256', { qualifyingData: new Uint8Array() });
    expect(await appraise(empty, {}, '--nonce', '')).toMatchObject(genuine);
    expect(await appraise(empty, {}, '--nonce', '00')).toMatchObject({
      exitCode: 1,
      first: { code: 'qualifying-data-mismatch', claim: 'extraData', got: '', wanted: ['00'] },
    });
  });

  it('tells the bad nonce together with the bad values', async () => {
    const quote = quoteBy('ecdsa-p256');
    const values = { sha256: { '4': toHex(ZERO), '7': toHex(ZERO) } };
    expect(codes(await appraise(quote, { pcrs: values }, '--nonce', '00'))).toEqual(
      expect.arrayContaining(['qualifying-data-mismatch', 'pcr-digest-mismatch']),
    );
  });

  it('refuses a key that may sign anything else, and one of SHA-1', async () => {
    const free = quoteBy('ecdsa-p256', {
      akPublic: (area) => ({ ...area, attributes: area.attributes & ~0x10000 }),
    });
    expect(await appraise(free)).toMatchObject({ exitCode: 1, report: { code: 'ak-attributes' } });
    const old = quoteBy('ecdsa-p256', {
      akPublic: (area) => ({ ...area, scheme: { scheme: 'ecdsa', hash: 'sha1' } }) as typeof area,
    });
    expect(await appraise(old)).toMatchObject({ exitCode: 1, report: { code: 'algorithm-refused' } });
  });

  it('replays the event log, and refuses one that leads elsewhere', async () => {
    const digest = await sha256(Uint8Array.of(1));
    const event = {
      pcr: 4,
      type: EVENT_TYPE.EV_IPL,
      digests: new Map([['sha256', digest]] as const),
      data: ZERO,
    };
    const log = encodeEventLog(['sha256'], [event]);
    const led = await extendPcr('sha256', ZERO, digest);
    const quote = quoteBy('ecdsa-p256', { pcrs: new Map([[4, led]]) });
    expect(await appraise(quote, { log })).toMatchObject({
      exitCode: 0,
      report: { claims: { replayedPcrs: [4], events: 1 } },
    });
    expect(await appraise(quoteBy('ecdsa-p256'), { log })).toMatchObject({
      exitCode: 1,
      report: { code: 'event-log-mismatch' },
    });
  });

  it('follows the certificate of the key, wherever it is given', async () => {
    const guest = await mintGuest('azure-trusted-launch');
    const { vtpm } = guest.parts;
    if (vtpm === null) throw new Error('the mint made no vTPM');
    const quote = mintQuote(vtpm.ak, { qualifyingData: NONCE, bank: 'sha256', pcrs });
    const [leaf, ...issuers] = vtpm.certificates;
    if (leaf === undefined) throw new Error('the key has no certificate');
    const anchors = rootsOf(guest).flatMap((root) => ['--trust-anchor', files.write(root.der)]);
    const whole = files.pem(leaf, ...issuers);
    const padded = files.write(concat(leaf.der, new Uint8Array(3087)));
    for (const more of [
      ['--part', `ak-cert=${whole}`],
      ['--collateral', whole],
      ['--part', `ak-cert=${padded}`, '--collateral', files.pem(...issuers)],
    ]) {
      const run = await appraise(quote, {}, ...anchors, ...more);
      expect(run).toMatchObject({
        exitCode: 0,
        report: { claims: { akCert: { spkiSha256: toHex(await sha256(leaf.spki)) } } },
      });
      expect(codes(run)).not.toContain('attestation-key-unproved');
    }
    expect(await appraise(quote, {}, ...anchors, '--part', `ak-cert=${padded}`)).toMatchObject({
      exitCode: 2,
      report: { code: 'certificate-missing' },
    });
    expect(await appraise(quote, {}, '--part', `ak-cert=${whole}`)).toMatchObject({
      exitCode: 1,
      report: { code: 'certificate-anchor-unknown' },
    });
    const other = quoteBy('rsassa-2048');
    expect(await appraise(other, {}, ...anchors, '--part', `ak-cert=${whole}`)).toMatchObject({
      exitCode: 1,
      report: { code: 'attestation-key-mismatch' },
    });
    const policy = mintedPolicy(guest);
    const asked = new Map([
      [4, ZERO],
      [15, ZERO],
    ]);
    const small = mintQuote(vtpm.ak, { qualifyingData: NONCE, bank: 'sha256', pcrs: asked });
    const byPolicy = ['--part', `ak-cert=${whole}`, '--policy', files.write(policy)];
    expect(await appraise(small, {}, ...byPolicy)).toMatchObject({
      exitCode: 0,
      report: { outcome: 'accepted' },
    });
    // S05: other PCRs than the policy names.
    expect(codes(await appraise(quote, {}, ...byPolicy))).toContain('pcr-selection-mismatch');
  });
});
