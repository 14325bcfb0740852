import { CodedError, fromBase64url, sha256, toBase64url, toHex } from '@asterism/bytes';
import type { EvidenceRequest, TpmEvidence } from '@asterism/contracts';
import { extendedKeyUsage, mintChain, mintTpm, type MintedTpm } from '@asterism/testkit';
import { stopwatch } from '@asterism/testkit/malformed';
import { encodeEventLog, EVENT_TYPE, measureLaunch } from '@asterism/tpm';
import { EKU } from '@asterism/x509';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { activatedFromRecord, parseEvidence, verifyEvidence, NO_COLLATERAL, VENDOR_ROOTS } from './index.ts';

const NOW = new Date('2026-06-01T00:00:00.000Z');
const binding = new Uint8Array(32).fill(0xb1);
const request: EvidenceRequest = { variant: 'tpm', bank: 'sha256', pcrs: [4, 15] };

let tpm: MintedTpm;
let genuine: TpmEvidence;
/** Roots of the certificates in `genuine`. */
let anchors: { readonly name: string; readonly spkiSha256: string }[];

beforeAll(async () => {
  tpm = await mintTpm();
  const { eventLog, expectedPcrs } = await measureLaunch(
    [{ pcr: 4, eventType: EVENT_TYPE.EV_IPL, description: 'agent', digestOf: Uint8Array.of(1) }],
    'sha256',
  );
  const chainFor = (spki: MintedTpm['ekSpki'], purpose: string) =>
    mintChain({ leaf: () => ({ spki }), leafExtensions: [extendedKeyUsage(purpose)] });
  const [ek, ak] = await Promise.all([
    chainFor(tpm.ekSpki, EKU.tcgEkCertificate),
    chainFor(tpm.akSpki, EKU.tcgAikCertificate),
  ]);
  anchors = [...ek.anchors, ...ak.anchors];
  const certificates = ({ leaf, intermediates }: typeof ek) => [leaf, ...intermediates].map(({ der }) => der);
  genuine = await tpm.quote({
    request,
    binding,
    pcrs: Object.fromEntries(expectedPcrs),
    eventLog,
    ekCertificates: certificates(ek),
    akCertificates: certificates(ak),
  });
});

const verify = async (evidence: unknown) =>
  verifyEvidence(parseEvidence(evidence), {
    binding,
    request,
    // The quote proves the key's numbers only; its attributes are proved by the activation, which names them.
    activated: activatedFromRecord({
      akPublicSha256: toHex(await sha256(tpm.akPublic)),
      identity: tpm.identity,
    }),
    ekPublic: tpm.ekPublic,
    anchors: { endorsement: anchors, attestation: anchors },
    roots: VENDOR_ROOTS,
    collateral: NO_COLLATERAL,
    now: NOW,
  });

/** `genuine` when it verified, the code when it was refused; anything else is a crash and fails the test. */
async function outcomeOf(evidence: unknown): Promise<string> {
  try {
    const verified = await verify(evidence);
    const facts = [verified.quote?.endorsementCertificate.kind, verified.quote?.attestationCertificate.kind];
    return ['genuine', ...facts].join(' ');
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.code;
  }
}
const GENUINE = 'genuine trusted trusted';

/** Every place in a document, as the path to it. */
function placesOf(value: unknown, at: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[...at]];
  const members = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value);
  return [[...at], ...members.flatMap(([key, member]) => placesOf(member, [...at, key]))];
}

function withValue(document: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy = (
    Array.isArray(document) ? [...(document as unknown[])] : { ...(document as object) }
  ) as Record<string | number, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

function withBytes(path: readonly (string | number)[], change: (bytes: Uint8Array) => Uint8Array): unknown {
  const text = path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown>)[key],
    genuine,
  );
  return withValue(genuine, path, toBase64url(change(fromBase64url(text as string))));
}

const BINARY_PARTS: readonly (readonly (string | number)[])[] = [
  ['parts', 'quote'],
  ['parts', 'signature'],
  ['parts', 'akPublic'],
  ['parts', 'pcrs', '4'],
  ['parts', 'eventLog'],
  ['parts', 'ekCertificates', 0],
  ['parts', 'ekCertificates', 2],
  ['parts', 'akCertificates', 0],
];

describe('S09 hostile evidence', () => {
  it('is compared with evidence that verifies with all its parts', async () => {
    expect(await outcomeOf(genuine)).toBe(GENUINE);
  });

  it.each(BINARY_PARTS.map((path) => [path.join('.'), path] as const))(
    'S09 with %s truncated at every byte is refused with a code',
    async (_name, path) => {
      const { length } = fromBase64url(
        path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], genuine) as string,
      );
      for (let at = 0; at < length; at++) {
        const outcome = await outcomeOf(withBytes(path, (bytes) => bytes.subarray(0, at)));
        expect(outcome, `at ${at}`).not.toBe(GENUINE);
      }
    },
  );

  it.each(BINARY_PARTS.map((path) => [path.join('.'), path] as const))(
    'S09 with bits of %s flipped is never trusted as it was',
    async (_name, path) => {
      const { length } = fromBase64url(
        path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], genuine) as string,
      );
      for (let bit = 0; bit < length * 8; bit += Math.max(1, Math.floor((length * 8) / 150))) {
        const outcome = await outcomeOf(
          withBytes(path, (bytes) =>
            bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
          ),
        );
        // A log says what it says by its digests; its descriptions are for people.
        if (path[1] === 'eventLog' && outcome === GENUINE) continue;
        expect(outcome, `bit ${bit}`).not.toBe(GENUINE);
      }
    },
  );

  it('S09 with null, nothing or any other JSON in any place is refused with a code, in bounded time', async () => {
    const places = placesOf(genuine);
    const deep = Array.from({ length: 20_000 }).reduce<unknown>((inner) => [inner], 'x');
    const taken = stopwatch();
    const values = {
      null: null,
      nothing: undefined,
      zero: 0,
      negative: -1,
      true: true,
      empty: '',
      sign: '!',
      odd: 'AB',
    };
    const structures = {
      list: [],
      object: {},
      nulls: [null],
      member: { a: 1 },
      deep,
      long: 'A'.repeat(800_000),
    };
    for (const place of places) {
      for (const [name, value] of Object.entries({ ...values, ...structures })) {
        const outcome = await outcomeOf(withValue(genuine, place, value));
        // An optional part that is left out is no defect; what it would have proved is not proved then.
        if (value === undefined && place.length === 2) continue;
        expect(outcome, `${place.join('.')}: ${name}`).not.toBe(GENUINE);
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 3 }), async (place, value) => {
        expect(await outcomeOf(withValue(genuine, place, value))).not.toBe(GENUINE);
      }),
      { seed: 9, numRuns: 400 },
    );
    expect(taken()).toBeLessThan(8_000);
  });

  it('S09 with several edits at once is refused with a code', async () => {
    const edit = fc.record({
      path: fc.constantFrom(...BINARY_PARTS),
      at: fc.nat(),
      cut: fc.nat(4),
      insert: fc.uint8Array({ maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        const damaged = edits.reduce<unknown>((evidence, { path, at, cut, insert }) => {
          const text = path.reduce<unknown>(
            (value, key) => (value as Record<string | number, unknown>)[key],
            evidence,
          );
          const bytes = fromBase64url(text as string);
          const start = at % (bytes.length + 1);
          const changed = [...bytes.subarray(0, start), ...insert, ...bytes.subarray(start + cut)];
          return withValue(evidence, path, toBase64url(Uint8Array.from(changed)));
        }, genuine);
        expect(await outcomeOf(damaged)).toBeTypeOf('string');
      }),
      { seed: 99, numRuns: 400 },
    );
  });

  it('S09 as large as the envelope allows is decided in bounded time', async () => {
    const digests = new Map([['sha256', new Uint8Array(32)]] as const);
    const event = { pcr: 4, type: EVENT_TYPE.EV_IPL, data: new Uint8Array(), digests };
    const eventLog = encodeEventLog(
      ['sha256'],
      Array.from({ length: 8_000 }, () => event),
    );
    expect(eventLog.length).toBeLessThanOrEqual(512 * 1024);
    const taken = stopwatch();
    expect(await outcomeOf(withValue(genuine, ['parts', 'eventLog'], toBase64url(eventLog)))).toBe(
      'event-log-mismatch',
    );
    const lists = withValue(
      genuine,
      ['parts', 'ekCertificates'],
      new Array(8).fill(toBase64url(new Uint8Array(8 * 1024).fill(0x30))),
    );
    expect(await outcomeOf(lists)).toBe('part-malformed');
    expect(taken()).toBeLessThan(3_000);
  });
});
