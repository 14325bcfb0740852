import { fromBase64url, toBase64url } from '@asterism/bytes';
import type { Evidence, EvidenceRequest, Variant } from '@asterism/contracts';
import {
  GUEST_VARIANTS,
  mintedPolicy,
  mintGuest,
  mintTpm,
  type GuestVariant,
  type MintedGuest,
  appraiseGuest,
  MINT_BINDING,
  collectFrom,
  verifyGuest,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { authorise, parseEvidence, VENDOR_ROOTS } from '../index.ts';

const OTHER = new Uint8Array(32).fill(0xb2);
const guests = new Map<Variant, MintedGuest>();
const others = new Map<Variant, MintedGuest>();
const guestOf = (variant: GuestVariant, from = guests): MintedGuest => {
  const guest = from.get(variant);
  if (guest === undefined) throw new Error(variant);
  return guest;
};

beforeAll(async () => {
  for (const variant of GUEST_VARIANTS) {
    guests.set(variant, await mintGuest(variant));
    others.set(variant, await mintGuest(variant));
  }
}, 60_000);

const withParts = (evidence: Evidence, parts: Record<string, unknown>): unknown => ({
  ...evidence,
  parts: { ...evidence.parts, ...parts },
});
const partsOf = (evidence: Evidence) => evidence.parts as Record<string, unknown>;

describe.each(GUEST_VARIANTS)('%s', (variant) => {
  it('is genuine, accepted and known by its machine', async () => {
    const guest = guestOf(variant);
    const { result, verified, lock } = await appraiseGuest(guest);
    expect(result).toMatchObject({ outcome: 'accepted', status: 'affirming', variant });
    expect(verified.identity).toBe(await guest.machineIdentity());
    expect(lock).toBe(variant === 'sev-snp' ? 'unmeasured' : 'open');
    const sections = { tpm: verified.quote, snp: verified.snp, tdx: verified.tdx, nitroTpm: verified.nitro };
    for (const [name, section] of Object.entries(sections)) {
      expect([name, section !== null]).toEqual([name, name in SECTIONS[variant]]);
    }
  });

  it('S01 S08 made for another binding is refused', async () => {
    const evidence = await collectFrom(guestOf(variant), OTHER);
    await expect(verifyGuest(guestOf(variant), { evidence })).rejects.toMatchObject({
      code: 'binding-mismatch',
      outcome: 'genuine',
    });
  });

  it('S04 takes no binding of another length', async () => {
    for (const length of [0, 31, 33, 64]) {
      const expected = { binding: new Uint8Array(length) };
      await expect(verifyGuest(guestOf(variant), { expected })).rejects.toMatchObject({
        code: 'binding-malformed',
      });
    }
  });

  it('S06 evidence of every other variant is refused', async () => {
    for (const other of GUEST_VARIANTS.filter((each) => each !== variant)) {
      const evidence = await collectFrom(guestOf(other));
      await expect(verifyGuest(guestOf(variant), { evidence })).rejects.toMatchObject({
        code: 'variant-mismatch',
      });
    }
    const request: EvidenceRequest = { variant: 'tpm', bank: 'sha256', pcrs: [4, 15] };
    const evidence = await (await mintTpm()).quote({ request, binding: MINT_BINDING });
    await expect(verifyGuest(guestOf(variant), { evidence })).rejects.toMatchObject({
      code: 'variant-mismatch',
    });
  });

  it('S11 under roots that are not the vendors’ nothing is trusted', async () => {
    const guest = guestOf(variant);
    const anchors = { endorsement: [], attestation: guestOf('gcp-sev-es', others).anchors };
    const verdict = await appraiseGuest(guest, { expected: { roots: VENDOR_ROOTS, anchors } }).then(
      ({ result }) => `${result.outcome} ${result.findings.map(({ code }) => code).join()}`,
      (error: { code: string }) => error.code,
    );
    expect(verdict).toBe(UNDER_VENDORS[variant]);
  });

  it('S09 each part missing, null, cut, empty or too long is a coded refusal', async () => {
    const evidence = await collectFrom(guestOf(variant));
    for (const [name, value] of Object.entries(partsOf(evidence))) {
      const bytes = typeof value === 'string' ? fromBase64url(value) : null;
      const wrong: unknown[] = [null, 7, {}, [], '', 'A'.repeat(3_000_000), [[[[['AA']]]]]];
      if (bytes !== null)
        wrong.push(toBase64url(bytes.slice(0, bytes.length / 2)), toBase64url(bytes.slice(0, 9)));
      for (const part of wrong) {
        const spoilt = withParts(evidence, { [name]: part });
        const code = await verifyGuest(guestOf(variant), { evidence: spoilt }).then(
          () => `accepted ${name}`,
          (error: { code?: string }) => error.code,
        );
        // An optional list may be empty; what it brought is then missing, or fetched by others.
        if (!(Array.isArray(part) && part.length === 0)) expect(code).not.toMatch(/^accepted/);
        expect(code).toBeTypeOf('string');
      }
    }
    expect(() => parseEvidence(withParts(evidence, { another: 'AAAA' }))).toThrow(
      expect.objectContaining({ code: 'evidence-malformed' }) as Error,
    );
  });

  it('S09 no flipped bit of what is signed is accepted', async () => {
    const guest = guestOf(variant);
    const evidence = await collectFrom(guest);
    const policy = mintedPolicy(guest);
    for (const name of SIGNED[variant]) {
      const bytes = fromBase64url(String(partsOf(evidence)[name]));
      // Spread over the part, every bit of a byte in turn.
      for (let turn = 0; turn < FLIPS; turn++) {
        const at = Math.floor((turn * bytes.length) / FLIPS);
        const flipped = new Uint8Array(bytes);
        flipped[at] = (bytes[at] ?? 0) ^ (1 << (turn % 8));
        const spoilt = withParts(evidence, { [name]: toBase64url(flipped) });
        const outcome = await appraiseGuest(guest, { evidence: spoilt, policy }).then(
          ({ result }) => result.outcome,
          (error: { code?: string }) => error.code,
        );
        expect([name, at, outcome]).not.toContain('accepted');
        expect(outcome).toBeTypeOf('string');
      }
    }
  });

  it('S20 tells an unlocked machine from a locked one, and from one of another cluster', async () => {
    const guest = await mintGuest(variant);
    expect(authorise(await appraiseGuest(guest), { right: 'boot-secrets' })).toMatchObject({ granted: true });
    await guest.lock(new Uint8Array(32).fill(0xc1));
    const locked = await appraiseGuest(guest);
    if (variant === 'sev-snp') {
      // Nothing in a report says so: the grant tells the caller to ask his record of the boot.
      for (const right of ['boot-secrets', 'member'] as const) {
        expect(authorise(locked, { right })).toMatchObject({
          granted: true,
          grant: { lockUnmeasured: true },
        });
      }
      return;
    }
    expect(locked.lock).toBe('locked');
    expect(locked.result.outcome).toBe('accepted');
    expect(authorise(locked, { right: 'boot-secrets' })).toEqual({ granted: false, code: 'node-locked' });
    expect(authorise(locked, { right: 'member' })).toMatchObject({
      granted: true,
      grant: { lockUnmeasured: false },
    });
    guest.reboot();
    await guest.lock(new Uint8Array(32).fill(0xc2));
    const foreign = await appraiseGuest(guest);
    expect(foreign).toMatchObject({ lock: 'foreign', result: { outcome: 'refused' } });
    expect(foreign.result.findings.map(({ code }) => code)).toContain('lock-foreign');
    expect(authorise(foreign, { right: 'member' })).toMatchObject({ granted: false });
  });
});

const FLIPS = 64;

/** Parts of which every byte is signed, or the signature. */
const SIGNED: Readonly<Record<GuestVariant, readonly string[]>> = {
  'sev-snp': ['report'],
  tdx: ['quote'],
  'azure-sev-snp': ['quote', 'signature', 'hclReport'],
  'azure-tdx': ['quote', 'signature', 'tdQuote'],
  'azure-trusted-launch': ['quote', 'signature'],
  'gcp-sev-snp': ['quote', 'signature', 'report'],
  'gcp-sev-es': ['quote', 'signature'],
  'aws-sev-snp': ['quote', 'signature', 'report'],
  'aws-nitro-tpm': ['document'],
};

/** Refused by what it was signed under, or by its certificate. */
const UNDER_VENDORS: Readonly<Record<GuestVariant, string>> = {
  'sev-snp': 'snp-report-invalid',
  tdx: 'tdx-quote-invalid',
  'azure-sev-snp': 'snp-report-invalid',
  'azure-tdx': 'tdx-quote-invalid',
  'azure-trusted-launch': 'refused certificate-anchor-unknown',
  'gcp-sev-snp': 'snp-report-invalid',
  'gcp-sev-es': 'refused certificate-anchor-unknown',
  'aws-sev-snp': 'snp-report-invalid',
  'aws-nitro-tpm': 'nitro-document-invalid',
};

describe('boots', () => {
  it('are told apart by the quote, or by REPORT_ID; nothing else tells them', async () => {
    for (const variant of GUEST_VARIANTS) {
      const guest = await mintGuest(variant);
      const boot = async () => (await verifyGuest(guest)).bootIdentity;
      const first = await boot();
      if (variant === 'tdx' || variant === 'aws-nitro-tpm') expect(first).toBeNull();
      else {
        expect(await boot()).toBe(first);
        guest.reboot();
        expect(await boot()).not.toBe(first);
      }
    }
  });
});

describe('two roots of trust', () => {
  const VOUCHED = ['azure-sev-snp', 'azure-tdx', 'gcp-sev-snp', 'aws-sev-snp'] as const;
  const REPORT = {
    'azure-sev-snp': ['hclReport', 'certificates'],
    'azure-tdx': ['hclReport', 'tdQuote'],
    'gcp-sev-snp': ['report', 'certificates'],
    'aws-sev-snp': ['report', 'certificates'],
  } as const;

  it.each(VOUCHED)('S01 the report of another %s machine beside a quote is refused', async (variant) => {
    const [guest, other] = [guestOf(variant), guestOf(variant, others)];
    const [own, foreign] = [await collectFrom(guest), await collectFrom(other)];
    const borrowed = Object.fromEntries(REPORT[variant].map((name) => [name, partsOf(foreign)[name]]));
    const expected = { roots: other.roots, collateral: other.collateral };
    const evidence = withParts(own, borrowed);
    await expect(verifyGuest(guest, { evidence, expected })).rejects.toMatchObject({
      code: 'attestation-key-mismatch',
    });
  });

  it.each(['azure-sev-snp', 'azure-tdx'] as const)(
    'S01 runtime data that %s’s report is not made over is refused',
    async (variant) => {
      const [guest, other] = [guestOf(variant), guestOf(variant, others)];
      const [own, foreign] = [await collectFrom(guest), await collectFrom(other)];
      // Names the key that quotes, and is another's report: or the report of one and the runtime data of the other.
      const [a, b] = [own, foreign].map((each) => fromBase64url(String(partsOf(each)['hclReport'])));
      if (a === undefined || b === undefined) throw new Error('no HCL report');
      const mixed = new Uint8Array([...b.slice(0, 1216), ...a.slice(1216)]);
      const td = variant === 'azure-tdx' ? { tdQuote: partsOf(foreign)['tdQuote'] } : {};
      const certificates =
        variant === 'azure-sev-snp' ? { certificates: partsOf(foreign)['certificates'] } : {};
      const evidence = withParts(own, { hclReport: toBase64url(mixed), ...td, ...certificates });
      const expected = { roots: other.roots, collateral: other.collateral };
      await expect(verifyGuest(guest, { evidence, expected })).rejects.toMatchObject({
        code: 'runtime-data-mismatch',
      });
    },
  );

  it('S01 a report of an earlier exchange beside a fresh quote is refused', async () => {
    const guest = guestOf('gcp-sev-snp');
    const [old, fresh] = [await collectFrom(guest, OTHER), await collectFrom(guest)];
    const evidence = withParts(fresh, { report: partsOf(old)['report'] });
    await expect(verifyGuest(guest, { evidence })).rejects.toMatchObject({ code: 'binding-mismatch' });
    const turned = withParts(old, { report: partsOf(fresh)['report'] });
    await expect(verifyGuest(guest, { evidence: turned })).rejects.toMatchObject({
      code: 'binding-mismatch',
    });
  });

  it('an AK certificate for another key is refused', async () => {
    for (const variant of ['azure-trusted-launch', 'gcp-sev-es', 'gcp-sev-snp'] as const) {
      const foreign = await collectFrom(guestOf(variant, others));
      const { akCertificates } = partsOf(foreign);
      const evidence = withParts(await collectFrom(guestOf(variant)), { akCertificates });
      await expect(verifyGuest(guestOf(variant), { evidence })).rejects.toMatchObject({
        code: 'attestation-key-mismatch',
      });
    }
  });
});

const SECTIONS: Readonly<Record<GuestVariant, object>> = {
  'sev-snp': { snp: 1 },
  tdx: { tdx: 1 },
  'azure-sev-snp': { tpm: 1, snp: 1 },
  'azure-tdx': { tpm: 1, tdx: 1 },
  'azure-trusted-launch': { tpm: 1 },
  'gcp-sev-snp': { tpm: 1, snp: 1 },
  'gcp-sev-es': { tpm: 1 },
  'aws-sev-snp': { tpm: 1, snp: 1 },
  'aws-nitro-tpm': { nitroTpm: 1 },
};
