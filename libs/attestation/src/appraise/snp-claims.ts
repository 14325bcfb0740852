import { isZero, toHex } from '@asterism/bytes';
import type { SnpPolicy } from '@asterism/contracts';
import type { SnpReport, VerifiedSnpReport } from '@asterism/snp';
import { accepted, differs, matches, undecided, type ClaimReport } from './claim-report.ts';
import { compareListed, shown } from './lists.ts';
import { compareMeasurement } from './measurements.ts';
import { compareFlags, compareMitigations } from './snp-flags.ts';
import { compareFirmware, compareTcb } from './snp-tcb.ts';

/** Every field of a policy's `snp` section against the report, and debug, which no policy accepts. */
export function compareSnp(verified: VerifiedSnpReport, policy: SnpPolicy, now: Date): ClaimReport[] {
  const { report } = verified;
  return [
    compareProduct(verified, policy),
    compareSigningKey(verified, policy),
    compareRevocation(verified, policy),
    compareDebug(report),
    compareVersion(report, policy),
    ...compareFlags('snp.guest-policy', report.policy, policy.guestPolicy),
    compareVmpl(report, policy),
    ...compareTcb(verified, policy),
    compareFirmware(report, policy),
    compareMeasurement('snp.measurement', report.measurement, policy.measurement, { now }),
    compareMeasurement('snp.host-data', report.hostData, policy.hostData, { now }),
    compareMeasurement('snp.id-key-digest', report.idKeyDigest, policy.idKeyDigest, { now }),
    compareMeasurement('snp.author-key-digest', report.authorKeyDigest, policy.authorKeyDigest, { now }),
    compareChip(report, policy),
    ...compareFlags('snp.platform-info', report.platformInfo, policy.platformInfo),
    ...compareMitigations(report, policy),
  ];
}

/** S16: a product is accepted by its name and by nothing else. */
function compareProduct({ product }: VerifiedSnpReport, { products }: SnpPolicy): ClaimReport {
  const wanted = products.map((each) => each.product);
  const compared = { claim: 'snp.product', got: product, wanted };
  if (wanted.includes(product)) return matches(compared);
  const message =
    product === 'Milan'
      ? 'Milan is refused unless the policy names it: the seed of its root has been extracted in software'
      : 'the policy does not name the product';
  return differs(compared, { code: 'product-not-accepted', message });
}

function compareSigningKey({ endorsement }: VerifiedSnpReport, { signingKey }: SnpPolicy): ClaimReport {
  const { kind } = endorsement;
  if (signingKey === 'any') return accepted('snp.signing-key', kind);
  return compareListed('snp.signing-key', kind, [signingKey], {
    code: 'signing-key-not-accepted',
    message: 'report is signed by another kind of key',
  });
}

/** A list that was there has been used by `verifyEvidence`: what is left to say is that none was. */
function compareRevocation({ facts }: VerifiedSnpReport, { revocation }: SnpPolicy): ClaimReport {
  const unchecked = facts.includes('revocation-unchecked');
  const compared = {
    claim: 'snp.revocation',
    got: unchecked ? null : 'a current list of AMD does not name the issuer',
    wanted: ['a current revocation list'],
  };
  if (!unchecked) return matches(compared);
  const reason = { code: 'revocation-unchecked', message: "no revocation list of AMD's was at hand" };
  if (revocation === 'required') return undecided(compared, reason);
  const { claim } = accepted(compared.claim, null);
  return { claim, finding: { ...reason, claim: compared.claim, got: null, wanted: [] } };
}

function compareDebug({ policy: { debug } }: SnpReport): ClaimReport {
  const compared = { claim: 'snp.guest-policy.debug', got: String(debug), wanted: ['false'] };
  return debug
    ? differs(compared, { code: 'debug-enabled', message: "the host can read the guest's memory" })
    : matches(compared);
}

function compareVersion({ policy }: SnpReport, { guestPolicy: { abiMinimum } }: SnpPolicy): ClaimReport {
  const claim = 'snp.guest-policy.abi';
  const { abiMajor, abiMinor } = policy;
  const got = `${abiMajor}.${abiMinor}`;
  if (abiMinimum === 'any') return accepted(claim, got);
  const { major, minor } = abiMinimum;
  const compared = { claim, got, wanted: [`at least ${major}.${minor}`] };
  return abiMajor > major || (abiMajor === major && abiMinor >= minor)
    ? matches(compared)
    : differs(compared, { code: 'abi-too-old', message: 'the guest takes an older firmware ABI' });
}

/** Of a report that the host asked for. */
const NO_VMPL = 0xffff_ffff;

function compareVmpl({ vmpl }: SnpReport, policy: SnpPolicy): ClaimReport {
  const claim = 'snp.vmpl';
  if (vmpl === NO_VMPL) {
    const compared = { claim, got: 'none', wanted: ['a privilege level of the guest'] };
    return differs(compared, { code: 'report-of-host', message: 'the host asked for the report' });
  }
  if (policy.vmpl === 'any') return accepted(claim, String(vmpl));
  return compareListed(claim, String(vmpl), policy.vmpl.map(String), {
    code: 'vmpl-not-accepted',
    message: 'report was asked for from another privilege level',
  });
}

/** A chip that a list names by mistake or malice of nobody: the deny list comes first, whatever else allows it (S16). */
function compareChip({ chipId }: SnpReport, { chips: { allow, deny } }: SnpPolicy): ClaimReport {
  const claim = 'snp.chip-id';
  const got = isZero(chipId) ? null : toHex(chipId);
  if (got === null) {
    if (allow === 'any' && deny.length === 0) return accepted(claim, null);
    return undecided(
      { claim, got, wanted: allow === 'any' ? [] : shown(allow) },
      { code: 'chip-unknown', message: 'report names no chip, so it cannot be looked up' },
    );
  }
  if (deny.includes(got)) {
    return differs(
      { claim, got, wanted: [] },
      { code: 'chip-denied', message: 'the policy denies the chip' },
    );
  }
  if (allow === 'any') return accepted(claim, got);
  return compareListed(claim, got, allow, {
    code: 'chip-not-allowed',
    message: 'chip is not in the allow list',
  });
}
