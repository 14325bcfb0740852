import { toBase64url, utf8 } from '@asterism/bytes';
import type { CollateralBundle } from '@asterism/contracts';
import { appraiseGuest, mintedPolicy, mintGuest, type MintedGuest } from '@asterism/testkit';
import { toPem } from '@asterism/x509';
import { describe, expect, it } from 'vitest';
import { readCollateralBundle } from './index.ts';

type Item = CollateralBundle['items'][number];
const item = (kind: Item['kind'], content: Uint8Array | string, issuerChain: string | null = null): Item => ({
  kind,
  key: 'of/a/machine',
  fetchedAt: '2026-06-01T00:00:00.000Z',
  source: 'vendor.example',
  content: toBase64url(typeof content === 'string' ? utf8(content) : content),
  issuerChain,
});
const bundleOf = (...items: Item[]): CollateralBundle => ({ schema: 'asterism/collateral/v1', items });

/** As Intel's service answers, each answer with its issuers. */
async function intelBundle({ parts: { tdx } }: MintedGuest): Promise<CollateralBundle> {
  if (tdx === null) throw new Error('not a trust domain');
  const { tcbInfo, qeIdentity, pckCrl, rootCaCrl } = await tdx.answers();
  if (!tcbInfo || !qeIdentity || !pckCrl || !rootCaCrl) throw new Error('the mint answers everything');
  const { pckCas, root } = tdx.pki;
  const chain = [pckCas.platform, root].map(({ certificate }) => toPem(certificate.der)).join('');
  return bundleOf(
    item('intel-tcb-info', tcbInfo.body, decodeURIComponent(tcbInfo.issuerChain ?? '')),
    item('intel-qe-identity', qeIdentity.body, decodeURIComponent(qeIdentity.issuerChain ?? '')),
    item('intel-pck-crl', pckCrl, chain),
    item('intel-root-crl', rootCaCrl, toPem(root.certificate.der)),
  );
}

describe('a bundle of collateral', () => {
  it('decides on a trust domain where there is no way to Intel', async () => {
    const guest = await mintGuest('tdx');
    const collateral = await readCollateralBundle(await intelBundle(guest));
    const { result } = await appraiseGuest(guest, { policy: mintedPolicy(guest), expected: { collateral } });
    expect(result.outcome).toBe('accepted');
  });

  it('decides nothing where an item cannot be read, and names the item', async () => {
    const guest = await mintGuest('tdx');
    const { items } = await intelBundle(guest);
    await expect(readCollateralBundle(bundleOf(...items, item('amd-crl', 'nonsense')))).rejects.toMatchObject(
      {
        code: 'collateral-missing',
        outcome: 'undecided',
        message: expect.stringContaining('amd-crl of/a/machine') as string,
      },
    );
  });
});
