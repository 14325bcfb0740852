import { CodedError, fromBase64url, utf8 } from '@asterism/bytes';
import type { CollateralBundle } from '@asterism/contracts';
import type { Collateral } from './collateral/collateral.ts';
import { EvidenceUndecidedError } from './errors.ts';
import { readCollateral } from './collateral/read-collateral.ts';

/**
 * Collateral as it is carried: each item with its issuers. Nothing in it is verified; where it came from says nothing.
 * @throws EvidenceUndecidedError `collateral-missing`, naming an item that cannot be read
 */
export async function readCollateralBundle({ items }: CollateralBundle): Promise<Collateral> {
  const files = () =>
    items.flatMap(({ kind, key, content, issuerChain }) => {
      const name = `${kind} ${key}`;
      const issuers = issuerChain === null ? [] : [{ name: `issuers of ${name}`, bytes: utf8(issuerChain) }];
      return [{ name, bytes: fromBase64url(content) }, ...issuers];
    });
  try {
    return await readCollateral(files());
  } catch (cause) {
    if (!(cause instanceof CodedError) || cause.outcome !== 'input') throw cause;
    // It says nothing about the machine.
    const message = `the collateral cannot be read: ${cause.message}`;
    throw new EvidenceUndecidedError('collateral-missing', message, { cause });
  }
}
