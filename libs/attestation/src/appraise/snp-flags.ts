import type { SnpPolicy } from '@asterism/contracts';
import type { SnpReport } from '@asterism/snp';
import { accepted, differs, matches, type ClaimReport } from './claim-report.ts';

/** Flags of a policy's record that are compared as they stand; its other fields are not flags. */
type FlagNames<Wanted, Got> = {
  [Name in keyof Wanted & keyof Got]: Wanted[Name] extends boolean | 'any' ? Name : never;
}[keyof Wanted & keyof Got] &
  string;

/** Each flag against what the policy wants of it. */
export function compareFlags<Wanted extends object, Got extends object>(
  prefix: string,
  got: Got,
  wanted: Wanted,
): ClaimReport[] {
  const names = Object.keys(wanted).filter((name): name is FlagNames<Wanted, Got> => name in got);
  return names.map((name) =>
    compareFlag(
      `${prefix}.${toClaimName(name)}`,
      got[name] as boolean,
      wanted[name as keyof Wanted] as boolean | 'any',
    ),
  );
}

function compareFlag(claim: string, got: boolean, wanted: boolean | 'any'): ClaimReport {
  if (wanted === 'any') return accepted(claim, String(got));
  const compared = { claim, got: String(got), wanted: [String(wanted)] };
  return got === wanted
    ? matches(compared)
    : differs(compared, {
        code: 'flag-mismatch',
        message: `the policy wants it ${wanted ? 'set' : 'clear'}`,
      });
}

/** `memAes256Xts` is `mem-aes-256-xts`. */
function toClaimName(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z0-9])|(?<=\d)(?=[A-Z])/g, '-').toLowerCase();
}

/** Bits that must be set in the vectors of launch and of now; reports before version 5 have none. */
export function compareMitigations({ mitigations }: SnpReport, policy: SnpPolicy): ClaimReport[] {
  return (['launch', 'current'] as const).map((when) => {
    const claim = `snp.mitigations.${when}`;
    const got = mitigations === undefined ? null : mitigations[when].toString(16).padStart(16, '0');
    const want = policy.mitigations === 'any' ? 'any' : policy.mitigations[when];
    if (want === 'any') return accepted(claim, got);
    const compared = { claim, got, wanted: [`the bits of ${want}`] };
    if (mitigations === undefined) {
      const message = 'a report of this version has no mitigation vectors';
      return differs(compared, { code: 'mitigation-vector-missing', message });
    }
    const bits = BigInt(`0x${want}`);
    return (mitigations[when] & bits) === bits
      ? matches(compared)
      : differs(compared, { code: 'mitigation-missing', message: 'a mitigation is not in place' });
  });
}
