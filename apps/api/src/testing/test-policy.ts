import type { PolicyOf } from '@asterism/contracts';

export const PCR_4 = new Uint8Array(32).fill(4);

/** Accepts the TPMs in `allow` while their PCR 4 is `pcr4`. */
export function testPolicy(
  allow: readonly string[],
  change: Partial<PolicyOf<'tpm'>> = {},
  pcr4: Uint8Array = PCR_4,
): PolicyOf<'tpm'> {
  const digest = Buffer.from(pcr4).toString('hex');
  return {
    schema: 'asterism/policy/v1',
    variant: 'tpm',
    reattestationInterval: 60,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    tpm: {
      bank: 'sha256',
      pcrs: { '4': { mode: 'enforce', values: [{ digest, comment: 'agent' }] } },
      attestationKey: { trust: 'endorsement-key', roots: 'any', allow: [...allow] },
      eventLog: 'any',
    },
    ...change,
  };
}
