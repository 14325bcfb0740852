import type { PolicyOf, TrustAnchor } from '@asterism/contracts';
import type { ReferenceValues } from './reference-values.ts';

/** What a pool of a local cluster has to accept: computed before any of its machines runs. */
export interface PoolExpectation {
  readonly values: ReferenceValues;
  readonly root: TrustAnchor;
  /** EKs of the pool's machines; null where every TPM of the root may join. */
  readonly allow: readonly string[] | null;
  /** Stands beside each reference value. */
  readonly comment: string;
}

const REATTESTATION_SECONDS = 60;

export function toPoolPolicy(expected: PoolExpectation): PolicyOf<'tpm'> {
  const { values, root, allow, comment } = expected;
  return toDocument(values, comment, {
    trust: 'endorsement-key',
    roots: [root],
    allow: allow === null ? 'any' : [...allow],
  });
}

/** By what nodes know the API: its launch, and the attestation key that it made at its first start. */
export function toApiPolicy(
  values: ReferenceValues,
  attestationKeySpki: string,
  comment: string,
): PolicyOf<'tpm'> {
  return toDocument(values, comment, { trust: 'pinned', keys: [attestationKeySpki] });
}

function toDocument(
  values: ReferenceValues,
  comment: string,
  attestationKey: PolicyOf<'tpm'>['tpm']['attestationKey'],
): PolicyOf<'tpm'> {
  return {
    schema: 'asterism/policy/v1',
    variant: 'tpm',
    reattestationInterval: REATTESTATION_SECONDS,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    tpm: {
      bank: 'sha256',
      pcrs: Object.fromEntries(
        [...values].map(([pcr, digest]) => [
          String(pcr),
          { mode: 'enforce' as const, values: [{ digest, comment }] },
        ]),
      ),
      attestationKey,
      eventLog: 'required',
    },
  };
}

/**
 * The active policy made to accept what is expected now, or null where it does already. What an operator has changed
 * stays: the interval, approval, PCRs that are not compared, further keys.
 */
export function revisePolicy(active: PolicyOf<'tpm'>, expected: PoolExpectation): PolicyOf<'tpm'> | null {
  const { values, root, allow, comment } = expected;
  const revised = structuredClone(active);
  let changed = false;
  for (const [pcr, digest] of values) {
    const measurement = revised.tpm.pcrs[String(pcr)];
    if (measurement === undefined || measurement.values === 'any') continue;
    if (measurement.values.some((value) => value.digest === digest)) continue;
    measurement.values = [{ digest, comment }];
    changed = true;
  }
  const key = revised.tpm.attestationKey;
  if (key.trust === 'endorsement-key') {
    if (key.roots !== 'any' && !key.roots.some(({ spkiSha256 }) => spkiSha256 === root.spkiSha256)) {
      key.roots = [...key.roots, root];
      changed = true;
    }
    if (key.allow !== 'any') {
      const missing = (allow ?? []).filter((identity) => !(key.allow as string[]).includes(identity));
      if (missing.length > 0) {
        key.allow = [...key.allow, ...missing];
        changed = true;
      }
    }
  }
  return changed ? revised : null;
}
