import type { PolicyOf, QuotedVariant, TrustAnchor } from '@asterism/contracts';
import { accepted, differs, matches, undecided, type ClaimReport } from './claim-report.ts';
import { compareListed, shown } from './lists.ts';
import type { CertificateFact, VerifiedQuoteSection } from '../stages.ts';

type QuotePolicy = PolicyOf<QuotedVariant>['tpm'];

/** Is the attestation key that of a TPM which the policy trusts? One way per policy, never a fallback to another. */
export function compareAttestationKey(verified: VerifiedQuoteSection, tpm: QuotePolicy): ClaimReport[] {
  if (!('attestationKey' in tpm)) {
    // `verifyEvidence` has proved it: without it there would be nothing to appraise.
    const compared = { claim: 'tpm.ak.vouched', got: verified.akSpkiSha256 };
    return [matches({ ...compared, wanted: ['the key that the report of the TEE names'] })];
  }
  const policy = tpm.attestationKey;
  if (policy.trust === 'pinned') {
    return [
      compareListed('tpm.ak.key', verified.akSpkiSha256, policy.keys, {
        code: 'attestation-key-unknown',
        message: 'attestation key is not one of the pinned ones',
      }),
    ];
  }
  if (policy.trust === 'certificate') {
    const fact = verified.attestationCertificate;
    return [compareChain('tpm.ak.certificate', fact, policy.roots), ...describeInstance(fact)];
  }
  return [
    compareActivation(verified),
    policy.roots === 'any'
      ? accepted('tpm.ek.certificate', describe(verified.endorsementCertificate))
      : compareChain('tpm.ek.certificate', verified.endorsementCertificate, policy.roots),
    compareAllowed(verified, policy.allow),
  ];
}

/** Only activation ties the AK to the EK; certificates and lists of EKs say nothing without it. */
function compareActivation({ activated }: VerifiedQuoteSection): ClaimReport {
  const compared = {
    claim: 'tpm.ak.activation',
    got: activated?.identity ?? null,
    wanted: ['a credential opened by the TPM of the EK'],
  };
  if (activated) return matches(compared);
  return undecided(compared, {
    code: 'activation-missing',
    message:
      'it is not proved that the attestation key and the endorsement key share a TPM: no credential was opened',
  });
}

function compareAllowed({ activated }: VerifiedQuoteSection, allow: 'any' | readonly string[]): ClaimReport {
  const identity = activated?.identity ?? null;
  if (allow === 'any') return accepted('tpm.ek.key', identity);
  if (identity === null) {
    return undecided(
      { claim: 'tpm.ek.key', got: null, wanted: shown(allow) },
      { code: 'activation-missing', message: 'endorsement key is not proved, so it cannot be looked up' },
    );
  }
  return compareListed('tpm.ek.key', identity, allow, {
    code: 'endorsement-key-not-allowed',
    message: 'endorsement key is not in the allow list',
  });
}

function compareChain(claim: string, fact: CertificateFact, roots: readonly TrustAnchor[]): ClaimReport {
  const compared = {
    claim,
    got: describe(fact),
    wanted: roots.map((root) => `${root.name} ${root.spkiSha256}`),
  };
  switch (fact.kind) {
    case 'trusted':
      // The chain was verified to the anchors of a policy; this compares with the anchors of this one.
      return roots.some((root) => root.spkiSha256 === fact.anchor.spkiSha256)
        ? matches(compared)
        : differs(compared, {
            code: 'certificate-root-not-accepted',
            message: 'chain ends at a root not in the policy',
          });
    case 'untrusted':
      return differs(compared, { code: fact.code, message: fact.reason });
    case 'undecided':
      return undecided(compared, { code: fact.code, message: fact.reason });
    case 'absent':
      return differs(compared, {
        code: 'certificate-missing',
        message: 'no certificate came with the evidence',
      });
    case 'not-checked':
      return undecided(compared, {
        code: 'certificate-not-checked',
        message: 'chain was not verified to any root',
      });
  }
}

/** Whom Google certifies the key for: nothing that a policy compares, and good to know. */
function describeInstance(fact: CertificateFact): ClaimReport[] {
  if (fact.kind !== 'trusted' || fact.instance === null) return [];
  const { projectId, zone, instanceName } = fact.instance;
  return [accepted('tpm.ak.instance', `${projectId}/${zone}/${instanceName}`)];
}

function describe(fact: CertificateFact): string | null {
  switch (fact.kind) {
    case 'absent':
      return null;
    case 'trusted':
      return `${fact.anchor.name} ${fact.anchor.spkiSha256}`;
    case 'untrusted':
    case 'undecided':
      return 'a chain that is not trusted';
    case 'not-checked':
      return `certificate for key ${fact.spkiSha256}`;
  }
}
