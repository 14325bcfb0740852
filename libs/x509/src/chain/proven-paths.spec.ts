import {
  extendedKeyUsage,
  MINT_NOT_AFTER,
  mintChain,
  mintCrl,
  withExtension,
  type MintedChain,
} from '@asterism/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { EKU } from '../certificate/extensions.ts';
import { parseCertificate } from '../certificate/certificate.ts';
import { recallPath } from './proven-paths.ts';
import { verifyChain, type ChainRequest } from './verify-chain.ts';

const UNKNOWN = { oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) };
const EARLY = new Date('2026-07-01T00:00:00Z');
const LATE = new Date(EARLY.getTime() + 1000);

let minted: MintedChain;
let request: ChainRequest;
beforeEach(async () => {
  minted = await mintChain({
    leaf: (genuine) => ({
      extensions: [...genuine.extensions, UNKNOWN, extendedKeyUsage(EKU.tcgEkCertificate)],
    }),
    intermediate: () => ({ notAfter: EARLY }),
  });
  const { leaf, intermediates, anchors, at } = minted;
  request = { leaf, intermediates, anchors, at, criticalExtensionsUnderstood: [UNKNOWN.oid] };
  await verifyChain(request);
});

const rulesOf = ({ anchors, at, leafEku, criticalExtensionsUnderstood = [] }: ChainRequest) => ({
  anchors,
  at,
  leafEku,
  criticalExtensionsUnderstood,
});
const recalled = (changes: Partial<ChainRequest> = {}) => {
  const asked = { ...request, ...changes };
  return recallPath(asked.leaf, asked.intermediates, rulesOf(asked));
};
const refusal = (changes: Partial<ChainRequest>) =>
  verifyChain({ ...request, ...changes }).then(
    () => 'verified',
    ({ code }: { code: string }) => code,
  );

describe('S11 a path that was proven', () => {
  it('is recalled for the same certificates and rules', async () => {
    expect(recalled()?.path).toEqual([minted.leaf, ...minted.intermediates]);
    const { certificates, verifiedAt } = await verifyChain({ ...request, at: EARLY });
    expect(certificates).toEqual([minted.leaf, ...minted.intermediates]);
    expect(verifiedAt).toEqual(EARLY);
  });

  it('S11 is not, once one of its certificates is out of date', async () => {
    expect(recalled({ at: EARLY })).toBeDefined();
    expect(recalled({ at: LATE })).toBeUndefined();
    expect(await refusal({ at: LATE })).toBe('expired');
    expect(await refusal({ at: new Date('2025-01-01T00:00:00Z') })).toBe('not-yet-valid');
    expect(await refusal({ at: new Date(MINT_NOT_AFTER.getTime() + 1000) })).toBe('expired');
  });

  it('S11 is not for other anchors, none, or one of another name', async () => {
    const { anchors: foreign } = await mintChain();
    for (const anchors of [[], foreign]) {
      expect(recalled({ anchors })).toBeUndefined();
      expect(await refusal({ anchors })).toBe('anchor-unknown');
    }
    const anchors = minted.anchors.map((anchor) => ({ ...anchor, name: 'renamed' }));
    // One that stays does not vouch for one that goes.
    await verifyChain({ ...request, anchors: [...minted.anchors, ...foreign] });
    for (const others of [[...foreign, ...foreign], foreign]) {
      expect(await refusal({ anchors: others })).toBe('anchor-unknown');
    }
    expect((await verifyChain({ ...request, anchors })).anchor.name).toBe('renamed');
  });

  it('S11 is not among other certificates, even of the same bytes', async () => {
    const [intermediate, root] = minted.intermediates;
    if (intermediate === undefined || root === undefined) throw new Error('no issuers');
    expect(await refusal({ intermediates: [root] })).toBe('issuer-missing');
    expect(await refusal({ intermediates: [intermediate, root, root] })).toBe('duplicate-certificate');
    expect(recalled({ intermediates: [root, intermediate] })).toBeUndefined();
    const { leaf: stranger } = await mintChain();
    expect(recalled({ intermediates: [intermediate, stranger] })).toBeUndefined();
    expect(recalled({ leaf: parseCertificate(minted.leaf.der) })).toBeUndefined();
    const copies = [...minted.intermediates];
    expect(recalled({ intermediates: copies })).toBeDefined();
    copies.pop();
    expect(recalled({ intermediates: copies })).toBeUndefined();
  });

  it('S11 is not by other rules: purpose, critical extensions', async () => {
    expect(await refusal({ criticalExtensionsUnderstood: [] })).toBe('unknown-critical-extension');
    expect(recalled({ criticalExtensionsUnderstood: [UNKNOWN.oid, '1.2.3.5'] })).toBeUndefined();
    const understood = (...others: string[]) => ({ criticalExtensionsUnderstood: ['1.2.3.5', ...others] });
    await verifyChain({ ...request, ...understood(UNKNOWN.oid) });
    expect(recalled(understood('1.2.3.6'))).toBeUndefined();
    expect(recalled(understood())).toBeUndefined();
    expect(recalled({ leafEku: EKU.tcgEkCertificate })).toBeUndefined();
    expect(await refusal({ leafEku: EKU.serverAuth })).toBe('extended-key-usage');
    const limited = await mintChain({
      leaf: withExtension(extendedKeyUsage(EKU.tcgEkCertificate)),
      intermediate: withExtension(extendedKeyUsage(EKU.serverAuth)),
    });
    const { leaf, intermediates, anchors, at } = limited;
    await verifyChain({ leaf, intermediates, anchors, at });
    const asked = verifyChain({ leaf, intermediates, anchors, at, leafEku: EKU.tcgEkCertificate });
    await expect(asked).rejects.toMatchObject({ code: 'extended-key-usage' });
  });

  it('S11 is still looked up in lists, each time', async () => {
    const [issuer] = minted.issuers;
    if (issuer === undefined) throw new Error('no issuer');
    expect(await refusal({ requireCrl: true })).toBe('crl-missing');
    expect(await refusal({ crls: [await mintCrl(issuer, { revoked: [1000] })] })).toBe('revoked');
  });
});
