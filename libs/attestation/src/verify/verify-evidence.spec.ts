import { toBase64url, toHex, type Bytes } from '@asterism/bytes';
import type { EvidenceRequest, TpmEvidence } from '@asterism/contracts';
import { mintTpm, type MintedQuoteOrder, type MintedTpm } from '@asterism/testkit';
import { stopwatch } from '@asterism/testkit/malformed';
import { EVENT_TYPE, measureLaunch, type TpmsAttest } from '@asterism/tpm';
import { createSelfSigned, EKU, issueCertificate, spkiSha256 } from '@asterism/x509';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  activatedFromRecord,
  confirmActivation,
  EvidenceFormatError,
  lockedPcr15,
  NO_COLLATERAL,
  parseEvidence,
  toMachineIdentity,
  VENDOR_ROOTS,
  verifyEvidence,
  type ParsedEvidence,
  type VerificationExpectations,
} from '../index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const binding = new Uint8Array(32).fill(0xb1);
const request: EvidenceRequest = { variant: 'tpm', bank: 'sha256', pcrs: [4, 11, 15] };
const pcrs = { 4: new Uint8Array(32).fill(4), 11: new Uint8Array(32).fill(11) };
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
let tpm: MintedTpm;
let other: MintedTpm;

beforeAll(async () => {
  [tpm, other] = await Promise.all([mintTpm(), mintTpm()]);
});

const expectations = (change: Partial<VerificationExpectations> = {}): VerificationExpectations => ({
  binding,
  request,
  activated: null,
  ekPublic: null,
  anchors: { endorsement: [], attestation: [] },
  roots: VENDOR_ROOTS,
  collateral: NO_COLLATERAL,
  now: NOW,
  ...change,
});
const mint = (change: Partial<MintedQuoteOrder> = {}) => tpm.quote({ request, binding, pcrs, ...change });
const verify = async (evidence: unknown, change: Partial<VerificationExpectations> = {}) => {
  const verified = await verifyEvidence(parseEvidence(evidence), expectations(change));
  if (verified.variant !== 'tpm') throw new Error(verified.variant);
  return verified;
};
const withParts = (evidence: TpmEvidence, parts: Partial<TpmEvidence['parts']>) => ({
  ...evidence,
  parts: { ...evidence.parts, ...parts },
});
const without = <Value>(record: Readonly<Record<string, Value>>, key: string) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
const refusal = (code: string) => expect.objectContaining({ code }) as Error;

describe('verifyEvidence', () => {
  it('gives the facts of a genuine quote', async () => {
    const verified = await verify(await mint({ resetCount: 7, restartCount: 2 }));
    expect(verified).toMatchObject({
      variant: 'tpm',
      bootIdentity: '7.2',
      identity: null,
      quote: {
        bank: 'sha256',
        akSpkiSha256: tpm.akSpkiSha256,
        activated: null,
        endorsementCertificate: { kind: 'absent' },
        attestationCertificate: { kind: 'absent' },
        events: null,
      },
      snp: null,
      tdx: null,
      nitro: null,
      collateral: null,
    });
    expect([...verified.quote.pcrs].map(([pcr, value]) => [pcr, value[0]])).toEqual([
      [4, 4],
      [11, 11],
      [15, 0],
    ]);
  });

  it('S01 refuses evidence over another binding', async () => {
    await expect(verify(await mint({ binding: new Uint8Array(32) }))).rejects.toThrow(
      refusal('binding-mismatch'),
    );
    await expect(verify(await mint({ binding: binding.subarray(0, 31) }))).rejects.toThrow(
      refusal('binding-mismatch'),
    );
  });

  it('S04 refuses to compare with a binding that is not 32 bytes', async () => {
    const empty = new Uint8Array();
    await expect(verify(await mint({ binding: empty }), { binding: empty })).rejects.toThrow(
      refusal('binding-malformed'),
    );
  });

  it('S05 refuses a selection of fewer or more PCRs than were asked for', async () => {
    for (const pcrs of [
      [4, 15],
      [4, 7, 11, 15],
    ]) {
      const evidence = await mint({ request: { ...request, pcrs } });
      await expect(verify(evidence)).rejects.toThrow(refusal('pcr-selection-mismatch'));
    }
  });

  it('S05 refuses a quote of another bank', async () => {
    const evidence = await mint({ request: { ...request, bank: 'sha384' }, pcrs: {} });
    await expect(verify(evidence)).rejects.toThrow(refusal('pcr-selection-mismatch'));
  });

  it('S05 refuses a quote of two banks, and one bank twice', async () => {
    const more = (attest: TpmsAttest): TpmsAttest => {
      const { attested } = attest;
      if (attested.type !== 'quote') return attest;
      return {
        ...attest,
        attested: { ...attested, pcrSelections: [...attested.pcrSelections, ...attested.pcrSelections] },
      };
    };
    await expect(verify(await mint({ forge: more }))).rejects.toThrow(refusal('pcr-selection-mismatch'));
  });

  it('S05 refuses PCR values that are not the quoted ones, missing, or more', async () => {
    const evidence = await mint();
    const value = toBase64url(new Uint8Array(32).fill(5));
    const fewer = without(evidence.parts.pcrs, '4');
    const swapped = withParts(evidence, { pcrs: { ...evidence.parts.pcrs, '4': value } });
    await expect(verify(swapped)).rejects.toThrow(refusal('quote-invalid'));
    for (const pcrs of [fewer, { ...evidence.parts.pcrs, '7': value }]) {
      await expect(verify(withParts(evidence, { pcrs }))).rejects.toThrow(refusal('pcr-selection-mismatch'));
    }
  });

  it('S06 refuses evidence of another variant than was asked for', async () => {
    for (const wanted of ['azure-trusted-launch', 'gcp-sev-es', 'aws-sev-snp'] as const) {
      const asked = { ...request, variant: wanted } as EvidenceRequest;
      await expect(verify(await mint(), { request: asked })).rejects.toThrow(refusal('variant-mismatch'));
    }
    await expect(verify(await mint(), { request: { variant: 'sev-snp' } })).rejects.toThrow(
      refusal('variant-mismatch'),
    );
  });

  it('refuses a quote that another key signed', async () => {
    const evidence = withParts(await mint(), { akPublic: toBase64url(other.akPublic) });
    await expect(verify(evidence)).rejects.toThrow(refusal('quote-invalid'));
  });

  it('refuses a key that may sign what is not the TPM’s', async () => {
    const free = await mintTpm({ akAttributes: ['fixedTpm', 'fixedParent', 'sensitiveDataOrigin', 'sign'] });
    await expect(verify(await free.quote({ request, binding, pcrs }))).rejects.toThrow(
      refusal('attestation-key-unfit'),
    );
  });

  it('refuses a statement that does not start as the TPM’s own', async () => {
    const evidence = await mint({ forge: (attest) => ({ ...attest, magic: 0xff544348 }) });
    await expect(verify(evidence)).rejects.toThrow(refusal('quote-invalid'));
  });

  it('S04 takes no evidence but that of parseEvidence', async () => {
    const copy = { ...parseEvidence(await mint()) } as ParsedEvidence;
    await expect(verifyEvidence(copy, expectations())).rejects.toThrow(refusal('evidence-not-parsed'));
  });
});

describe('event log', () => {
  const launch = async () =>
    measureLaunch(
      [
        { pcr: 4, eventType: EVENT_TYPE.EV_IPL, description: 'agent', digestOf: Uint8Array.of(1) },
        { pcr: 11, eventType: EVENT_TYPE.EV_IPL, description: 'config', digestOf: Uint8Array.of(2) },
        {
          pcr: 7,
          eventType: EVENT_TYPE.EV_SEPARATOR,
          description: new Uint8Array(4),
          digestOf: new Uint8Array(4),
        },
      ],
      'sha256',
    );

  it('gives the events of the quoted PCRs when it replays to them, also on a locked machine', async () => {
    const { eventLog, expectedPcrs } = await launch();
    const locked = await lockedPcr15('sha256', new Uint8Array(32).fill(1));
    const values = { ...Object.fromEntries(expectedPcrs), 15: locked };
    const verified = await verify(await mint({ eventLog, pcrs: values }));
    expect(
      verified.quote.events?.map(({ pcr, type, description }) => `${pcr} ${type} ${description}`),
    ).toEqual(['4 EV_IPL agent', '11 EV_IPL config']);
  });

  it('refuses a log that does not replay to the quoted values', async () => {
    const { eventLog } = await launch();
    await expect(verify(await mint({ eventLog }))).rejects.toThrow(refusal('event-log-mismatch'));
  });
});

describe('activation', () => {
  const secret = new Uint8Array(32).fill(5);
  const answer = () => ({
    expectedSecret: secret,
    givenSecret: secret,
    akPublic: tpm.akPublic,
    ekPublic: tpm.ekPublic,
  });

  it('proves the machine identity of the quote’s key', async () => {
    const verified = await verify(await mint(), { activated: await confirmActivation(answer()) });
    expect(verified.identity).toBe(tpm.identity);
    expect(await toMachineIdentity(tpm.ekPublic)).toBe(tpm.identity);
  });

  it('can come from the verifier’s own record', async () => {
    const { akPublicSha256 } = (await verify(await mint())).quote;
    const activated = activatedFromRecord({ akPublicSha256, identity: tpm.identity });
    expect((await verify(await mint(), { activated })).identity).toBe(tpm.identity);
  });

  it('fails on another secret', async () => {
    const givenSecret = new Uint8Array(32).fill(6);
    await expect(confirmActivation({ ...answer(), givenSecret })).rejects.toThrow(
      refusal('activation-failed'),
    );
    await expect(confirmActivation({ ...answer(), givenSecret: secret.subarray(1) })).rejects.toThrow(
      refusal('activation-failed'),
    );
  });

  it('S04 does not take two empty secrets for equal ones', async () => {
    const empty = new Uint8Array();
    await expect(
      confirmActivation({ ...answer(), expectedSecret: empty, givenSecret: empty }),
    ).rejects.toThrow(refusal('part-malformed'));
  });

  it('of another attestation key is refused', async () => {
    const activated = await confirmActivation({ ...answer(), akPublic: other.akPublic });
    await expect(verify(await mint(), { activated })).rejects.toThrow(refusal('attestation-key-mismatch'));
  });

  it('of another endorsement key than the machine claims is refused', async () => {
    const activated = await confirmActivation(answer());
    await expect(verify(await mint(), { activated, ekPublic: other.ekPublic })).rejects.toThrow(
      refusal('endorsement-key-mismatch'),
    );
  });

  it('S04 is not an object that says so', async () => {
    const forged = { akPublicSha256: 'a'.repeat(64), identity: 'b'.repeat(64) } as never;
    await expect(verify(await mint(), { activated: forged })).rejects.toThrow(
      refusal('activation-not-proved'),
    );
  });
});

describe('certificates', () => {
  async function maker(purpose: string, spki: Uint8Array, name = 'Maker') {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ]);
    const dates = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
    const root = await createSelfSigned({
      ...dates,
      keys,
      random,
      subject: [['CN', name]],
      basicConstraints: { ca: true, pathLength: 0 },
      keyUsage: ['keyCertSign'],
    });
    const leaf = await issueCertificate({
      ...dates,
      spki,
      random,
      issuer: root,
      issuerKey: keys.privateKey,
      subject: [['CN', 'TPM']],
      basicConstraints: { ca: false, pathLength: undefined },
      extendedKeyUsage: [purpose],
    });
    const anchor = { name, spkiSha256: await spkiSha256(root) };
    return { chain: [leaf.der, root.der] as Bytes[], anchor };
  }

  it('become the anchor that they reach', async () => {
    const [ek, ak] = [
      await maker(EKU.tcgEkCertificate, tpm.ekSpki),
      await maker(EKU.tcgAikCertificate, tpm.akSpki),
    ];
    const evidence = await mint({ ekCertificates: ek.chain, akCertificates: ak.chain });
    const verified = await verify(evidence, {
      ekPublic: tpm.ekPublic,
      anchors: { endorsement: [ek.anchor], attestation: [ak.anchor] },
    });
    expect(verified.quote.endorsementCertificate).toEqual({
      kind: 'trusted',
      anchor: ek.anchor,
      instance: null,
      spkiSha256: tpm.identity,
    });
    expect(verified.quote.attestationCertificate).toMatchObject({ kind: 'trusted', anchor: ak.anchor });
  });

  it('S11 that reach no anchor are not trusted, whatever their root calls itself', async () => {
    const [mine, theirs] = [
      await maker(EKU.tcgEkCertificate, tpm.ekSpki),
      await maker(EKU.tcgEkCertificate, tpm.ekSpki),
    ];
    const evidence = await mint({ ekCertificates: theirs.chain });
    const verified = await verify(evidence, { anchors: { endorsement: [mine.anchor], attestation: [] } });
    expect(verified.quote.endorsementCertificate).toMatchObject({
      kind: 'untrusted',
      code: 'certificate-anchor-unknown',
    });
  });

  it('S11 of another purpose or out of date are not trusted', async () => {
    const wrong = await maker(EKU.serverAuth, tpm.ekSpki);
    const right = await maker(EKU.tcgEkCertificate, tpm.ekSpki);
    const anchors = { endorsement: [wrong.anchor, right.anchor], attestation: [] };
    const purpose = await verify(await mint({ ekCertificates: wrong.chain }), { anchors });
    expect(purpose.quote.endorsementCertificate).toMatchObject({ code: 'certificate-extended-key-usage' });
    const late = await verify(await mint({ ekCertificates: right.chain }), {
      anchors,
      now: new Date('2027-06-01T00:00:00Z'),
    });
    expect(late.quote.endorsementCertificate).toMatchObject({
      kind: 'untrusted',
      code: 'certificate-expired',
    });
  });

  it('without anchors are reported as not checked', async () => {
    const { chain } = await maker(EKU.tcgEkCertificate, tpm.ekSpki);
    const verified = await verify(await mint({ ekCertificates: chain }));
    expect(verified.quote.endorsementCertificate).toEqual({ kind: 'not-checked', spkiSha256: tpm.identity });
  });

  it('for another key are refused', async () => {
    const ek = await maker(EKU.tcgEkCertificate, other.ekSpki);
    await expect(
      verify(await mint({ ekCertificates: ek.chain }), { ekPublic: tpm.ekPublic }),
    ).rejects.toThrow(refusal('endorsement-key-mismatch'));
    const ak = await maker(EKU.tcgAikCertificate, other.akSpki);
    await expect(verify(await mint({ akCertificates: ak.chain }))).rejects.toThrow(
      refusal('attestation-key-mismatch'),
    );
  });
});

describe('S09 hostile evidence', () => {
  const codedOnly = async (evidence: unknown): Promise<void> => {
    try {
      await verify(evidence);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.any(String), outcome: expect.any(String) });
    }
  };

  it.each([
    ['null', null],
    ['undefined', undefined],
    ['a number', 1],
    ['a text', 'evidence'],
    ['a list', []],
    ['an empty object', {}],
    ['another format', { variant: 'tpm', format: 'asterism/evidence/v2', parts: {} }],
    ['an unknown variant', { variant: 'sgx', format: 'asterism/evidence/v1', parts: {} }],
    ['no parts', { variant: 'tpm', format: 'asterism/evidence/v1' }],
  ])('refuses %s', (_, evidence) => {
    expect(() => parseEvidence(evidence)).toThrow(EvidenceFormatError);
  });

  it('refuses each part when it is missing, null, of a wrong type, over-long or not base64url', async () => {
    const evidence = await mint({ eventLog: new Uint8Array(0) });
    for (const part of ['quote', 'signature', 'akPublic', 'pcrs'] as const) {
      const rest = without(evidence.parts, part);
      expect(() => parseEvidence({ ...evidence, parts: rest })).toThrow(EvidenceFormatError);
      for (const wrong of [null, 5, {}, [], '', '!', 'A', 'AB', 'A'.repeat(1_000_000)]) {
        if (part === 'pcrs' && typeof wrong === 'object' && wrong !== null && !Array.isArray(wrong)) continue;
        expect(
          () => parseEvidence({ ...evidence, parts: { ...evidence.parts, [part]: wrong } }),
          `${part}`,
        ).toThrow(EvidenceFormatError);
      }
    }
  });

  it('refuses unknown parts, PCRs out of range, and deep nesting, in bounded time', async () => {
    const evidence = await mint();
    let deep: unknown = 'x';
    for (let i = 0; i < 100_000; i++) deep = { deep };
    const taken = stopwatch();
    for (const wrong of [
      { ...evidence, more: deep },
      { ...evidence, parts: { ...evidence.parts, quote2: evidence.parts.quote } },
      { ...evidence, parts: { ...evidence.parts, quote: deep } },
      { ...evidence, parts: deep },
      { ...evidence, parts: { ...evidence.parts, pcrs: { '24': '' } } },
      { ...evidence, parts: { ...evidence.parts, pcrs: { '04': '' } } },
      { ...evidence, parts: { ...evidence.parts, ekCertificates: new Array(9).fill('AAAA') } },
    ]) {
      expect(() => parseEvidence(wrong)).toThrow(EvidenceFormatError);
    }
    expect(taken()).toBeLessThan(1_000);
  });

  it('refuses a quote, signature and key truncated at every byte', async () => {
    const evidence = await mint();
    for (const part of ['quote', 'signature', 'akPublic'] as const) {
      const bytes = Buffer.from(evidence.parts[part], 'base64url');
      for (let length = 0; length < bytes.length; length++) {
        const cut = withParts(evidence, { [part]: toBase64url(bytes.subarray(0, length)) });
        expect(() => parseEvidence(cut), `${part} at ${length}`).toThrow(EvidenceFormatError);
      }
    }
  });

  it('accepts no quote, signature or activated key with any one bit flipped', async () => {
    const evidence = await mint();
    const { akPublicSha256 } = (await verify(evidence)).quote;
    const activated = activatedFromRecord({ akPublicSha256, identity: tpm.identity });
    for (const part of ['quote', 'signature', 'akPublic'] as const) {
      const bytes = Buffer.from(evidence.parts[part], 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 3) {
        const flipped = Uint8Array.from(bytes, (byte, i) =>
          i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
        );
        const result = verify(withParts(evidence, { [part]: toBase64url(flipped) }), { activated });
        await expect(result, `${part} bit ${bit}: ${toHex(flipped)}`).rejects.toMatchObject({
          code: expect.any(String) as string,
        });
      }
    }
  });

  it('gives coded refusals for random bytes in every part', async () => {
    const evidence = await mint();
    const bytes = fc.uint8Array({ maxLength: 300 }).map(toBase64url);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('quote', 'signature', 'akPublic', 'eventLog'),
        bytes,
        async (part, text) => {
          await codedOnly(withParts(evidence, { [part]: text }));
          await codedOnly(withParts(evidence, { ekCertificates: [text] }));
        },
      ),
      { seed: 9, numRuns: 300 },
    );
  });
});
