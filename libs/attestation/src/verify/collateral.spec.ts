import { toBase64url } from '@asterism/bytes';
import type { Evidence } from '@asterism/contracts';
import {
  collectFrom,
  mintCrl,
  mintGuest,
  verifyGuest,
  type CrlOptions,
  type GuestVariant,
  type MintedGuest,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { NO_COLLATERAL } from '../index.ts';

const VARIANTS = ['sev-snp', 'tdx', 'azure-tdx'] as const satisfies readonly GuestVariant[];
const guests = new Map<GuestVariant, MintedGuest>();
const others = new Map<GuestVariant, MintedGuest>();
const guestOf = (variant: GuestVariant, from = guests): MintedGuest => {
  const guest = from.get(variant);
  if (guest === undefined) throw new Error(variant);
  return guest;
};
const partsOf = (evidence: Evidence) => evidence.parts as Record<string, unknown>;
const withParts = (evidence: Evidence, parts: Record<string, unknown>): unknown => ({
  ...evidence,
  parts: { ...evidence.parts, ...parts },
});

beforeAll(async () => {
  for (const variant of VARIANTS) {
    guests.set(variant, await mintGuest(variant));
    others.set(variant, await mintGuest(variant));
  }
}, 60_000);

describe('S15 collateral', () => {
  const NEEDY = VARIANTS.filter((variant) => variant.endsWith('tdx'));

  it.each(NEEDY)('without it %s is undecided, and a stale one is never used', async (variant) => {
    const guest = guestOf(variant);
    await expect(verifyGuest(guest, { expected: { collateral: NO_COLLATERAL } })).rejects.toMatchObject({
      code: 'collateral-missing',
      outcome: 'undecided',
    });
    const late = { now: new Date('2026-07-15T00:00:00Z') };
    await expect(verifyGuest(guest, { expected: late })).rejects.toMatchObject({
      code: 'collateral-expired',
      outcome: 'undecided',
    });
    const early = { now: new Date('2026-05-01T00:00:00Z') };
    await expect(verifyGuest(guest, { expected: early })).rejects.toMatchObject({
      code: 'collateral-not-yet-valid',
    });
  });

  it('a stale list of AMD’s is never used', async () => {
    const guest = guestOf('sev-snp');
    const expected = { now: new Date('2026-07-15T00:00:00Z') };
    await expect(verifyGuest(guest, { expected })).rejects.toMatchObject({ code: 'collateral-expired' });
  });

  it('is as old as the newest list that is current', async () => {
    const guest = guestOf('sev-snp');
    const { snp } = guest.parts;
    if (snp === null) throw new Error('no processor');
    const days = [22, 25, 20].map((day) => ({ thisUpdate: new Date(`2026-05-${day}T00:00:00Z`) }));
    const crls = await Promise.all(days.map((options) => snp.pki.crl(options)));
    const { collateral } = await verifyGuest(guest, { expected: { collateral: { ...NO_COLLATERAL, crls } } });
    expect(collateral).toEqual({
      issuedAt: new Date('2026-05-25T00:00:00Z'),
      until: new Date('2026-06-20T00:00:00Z'),
    });
  });

  it('S11 a revoked issuer is refused', async () => {
    const guest = guestOf('sev-snp');
    const { snp } = guest.parts;
    const crls = snp === null ? [] : [await snp.pki.crl({ revoked: [0x20001] })];
    const expected = { collateral: { ...NO_COLLATERAL, crls } };
    await expect(verifyGuest(guest, { expected })).rejects.toMatchObject({
      code: 'certificate-revoked',
      cause: { code: 'chain-refused', cause: { code: 'revoked' } },
    });
  });

  it('S11 S15 a document of AWS is looked up in the lists that are given', async () => {
    const guest = await mintGuest('aws-nitro-tpm');
    const [issuer] = guest.parts.nitro?.issuers ?? [];
    if (issuer === undefined) throw new Error('no issuer');
    const under = async (options: CrlOptions) =>
      verifyGuest(guest, {
        expected: { collateral: { ...NO_COLLATERAL, crls: [await mintCrl(issuer, options)] } },
      });
    await expect(under({})).resolves.toMatchObject({ variant: 'aws-nitro-tpm' });
    await expect(under({ revoked: [1000] })).rejects.toMatchObject({ code: 'certificate-revoked' });
    await expect(under({ nextUpdate: new Date('2026-05-30') })).rejects.toMatchObject({
      code: 'collateral-expired',
    });
  });

  it('certificates come with the evidence, or from elsewhere, or the report is undecided', async () => {
    const guest = guestOf('sev-snp');
    const whole = await collectFrom(guest);
    const evidence = { ...whole, parts: { report: partsOf(whole)['report'] } };
    await expect(verifyGuest(guest, { evidence })).rejects.toMatchObject({
      code: 'collateral-missing',
      outcome: 'undecided',
    });
    const { snp } = guest.parts;
    const alone = withParts(whole, { certificates: snp === null ? [] : [toBase64url(snp.leaf.der)] });
    await expect(verifyGuest(guest, { evidence: alone })).rejects.toMatchObject({
      code: 'collateral-missing',
    });
    const certificates = snp === null ? [] : [snp.leaf, ...snp.intermediates];
    const collateral = { ...guest.collateral, certificates };
    await expect(verifyGuest(guest, { evidence, expected: { collateral } })).resolves.toMatchObject({
      variant: 'sev-snp',
    });
  });

  it('S12 a certificate of another chip is refused', async () => {
    const [guest, other] = [guestOf('sev-snp'), guestOf('sev-snp', others)];
    const evidence = withParts(await collectFrom(guest), {
      certificates: partsOf(await collectFrom(other))['certificates'],
    });
    await expect(verifyGuest(guest, { evidence })).rejects.toMatchObject({
      code: 'snp-report-invalid',
      cause: { code: 'signature-invalid' },
    });
  });
});
