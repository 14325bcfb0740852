import { NO_COLLATERAL, parseEvidence, type CollateralNeed } from '@asterism/attestation';
import { fromBase64url, toBase64url, utf8 } from '@asterism/bytes';
import type { CollectedCollateral } from '@asterism/collateral';
import { collectFrom, mintedPolicy, mintGuest, MINT_BINDING } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { appraiseEvidence } from './appraise-evidence.ts';
import { MachineCollateral } from './machine-collateral.ts';

/** A source that has nothing, and notes what it was asked for. */
function sourceOf() {
  const asked: CollateralNeed[] = [];
  const collect = (needs: readonly CollateralNeed[]): Promise<CollectedCollateral> => {
    asked.push(...needs);
    return Promise.resolve({ collateral: NO_COLLATERAL, used: [], missing: [] });
  };
  return { asked, collateral: new MachineCollateral({ source: { collect }, roots: { amd: [], intel: [] } }) };
}

describe('what a machine’s evidence needs of its vendors', () => {
  it('is nothing for a machine that rests on a certificate alone', async () => {
    const { asked, collateral } = sourceOf();
    const guest = await mintGuest('gcp-sev-es');
    await collateral.fetch(parseEvidence(await collectFrom(guest)));
    expect(asked).toEqual([]);
  });

  it('is asked for by what the evidence says', async () => {
    const { asked, collateral } = sourceOf();
    await collateral.fetch(parseEvidence(await collectFrom(await mintGuest('tdx'))));
    expect(asked.map(({ kind }) => kind)).toEqual([
      'intel-tcb-info',
      'intel-qe-identity',
      'intel-pck-crl',
      'intel-root-crl',
    ]);
  });

  it('S09 S10 is nothing where the certificates inside cannot be read, and the evidence refused', async () => {
    const { asked, collateral } = sourceOf();
    const guest = await mintGuest('tdx');
    const evidence = await collectFrom(guest);
    if (evidence.variant !== 'tdx') throw new Error(evidence.variant);
    const quote = Buffer.from(fromBase64url(evidence.parts.quote));
    quote.write('-----NO BEGINNING', quote.indexOf(utf8('-----BEGIN')));
    const spoilt = { ...evidence, parts: { quote: toBase64url(quote) } };
    const verdict = appraiseEvidence({
      evidence: spoilt,
      binding: MINT_BINDING,
      policy: mintedPolicy(guest),
      claimant: { identity: await guest.machineIdentity(), keys: null },
      activated: null,
      lock: { expected: 'open' },
      collateral,
      now: new Date(),
    });
    await expect(verdict).rejects.toMatchObject({ code: 'evidence-invalid' });
    expect(asked).toEqual([]);
  });
});
