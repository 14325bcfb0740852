import { CodedError, equalBytes } from '@asterism/bytes';
import { PKITS } from '@asterism/testkit';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCertificate, type Certificate } from '../certificate/certificate.ts';
import { verifyChain } from '../chain/verify-chain.ts';
import { parseCrl, type Crl } from '../crl/crl.ts';
import { spkiSha256 } from '../signature/spki.ts';

const AT = new Date('2024-06-01T00:00:00Z');
const ROOT = 'TrustAnchorRootCertificate.crt';

/** What parses; a file that this room refuses to read is missing to whoever needs it. */
function readAll<Value>(
  folder: string,
  parse: (der: Uint8Array) => Value,
): ReadonlyMap<string, Value | CodedError> {
  const files = PKITS === undefined ? [] : readdirSync(join(PKITS, folder));
  return new Map<string, Value | CodedError>(
    files.map((file) => {
      try {
        return [file, parse(readFileSync(join(PKITS ?? '', folder, file)))] as const;
      } catch (error) {
        if (error instanceof CodedError) return [file, error] as const;
        throw error;
      }
    }),
  );
}

const certificates = readAll('certs', parseCertificate);
const crls = readAll('crls', parseCrl);
const cas = [...certificates.values()].filter(
  (read): read is Certificate => !(read instanceof CodedError) && read.basicConstraints !== undefined,
);
const lists = [...crls.values()].filter((read): read is Crl => !(read instanceof CodedError));
const subjects = [...certificates].filter(([file]) => /Test\d+EE\.crt$/.test(file));

/** Everything that could be above a certificate, by name; and the lists of all those names. */
function materialFor(leaf: Certificate): { intermediates: Certificate[]; crls: Crl[] } {
  const above = new Set<Certificate>();
  let names = [leaf.issuer.der];
  while (names.length > 0) {
    const next = cas.filter((ca) => !above.has(ca) && names.some((name) => equalBytes(name, ca.subject.der)));
    for (const ca of next) above.add(ca);
    names = next.map(({ issuer }) => issuer.der);
  }
  above.delete(leaf);
  const issuers = [...above].map(({ subject }) => subject.der);
  return {
    intermediates: [...above],
    crls: lists.filter(({ issuer }) => issuers.some((name) => equalBytes(name, issuer.der))),
  };
}

/** `accepted`, or the code of the refusal. Every certificate below the root must be in a fresh list. */
async function judge(file: string): Promise<string> {
  const leaf = certificates.get(file);
  const root = certificates.get(ROOT);
  if (leaf === undefined || root === undefined || root instanceof CodedError) throw new Error(`no ${file}`);
  if (leaf instanceof CodedError) return leaf.code;
  const anchors = [{ name: 'Trust Anchor', spkiSha256: await spkiSha256(root) }];
  try {
    await verifyChain({ leaf, ...materialFor(leaf), anchors, at: AT, requireCrl: true });
    return 'accepted';
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
}

/** Paths that the suite calls valid and this room refuses: narrower than RFC 5280 on purpose, never wider. */
const NARROWER: readonly (readonly [path: RegExp, code: string, why: string])[] = [
  [/nameConstraints/, 'name-constraints-unsupported', 'name constraints are not evaluated, so they refuse'],
  [
    /PolicyMapping|nhibitAnyPolicy|requireExplicitPolicy|inhibitPolicyMapping/,
    'unknown-critical-extension',
    'critical policy extensions are not evaluated, so they refuse',
  ],
  [/DSA/, 'algorithm-refused', 'DSA is refused'],
  [/NegativeSerialNumberTest14/, 'crl-missing', 'a list with a negative serial is not DER of RFC 5280'],
  [/GeneralizedTimenotBeforeDate/, 'der-value', 'GeneralizedTime before 2050 is not DER of RFC 5280'],
  [
    /NameChaining(Whitespace|Capitalization)|CaseInsensitiveMatch|Rollover/,
    'issuer-missing',
    'names are compared octet for octet',
  ],
  [
    /IDP|cRLIssuer|deltaCRL|distributionPoint|onlyContains|onlySomeReasons|SelfIssued(CRLSigningKey|NewWithOld)/,
    'crl-scope-unsupported',
    'lists of a part, of others, and deltas are not used',
  ],
  [
    /IDP|cRLIssuer|SeparateCertificateandCRLKeys|SelfIssued(OldWithNew|pathLenConstraint)/,
    'crl-missing',
    'a list speaks for certificates of the key that signed it',
  ],
  [/deltaCRLTest5/, 'revoked', 'a delta list cannot take a revocation back'],
  [/SelfIssuedinhibitPolicyMapping/, 'key-identifier-mismatch', 'its policies would refuse it as well'],
];
/** What the suite wants refused for policies that a relying party sets; there are none here, and no critical extension. */
const NO_POLICY_ASKED =
  /(Different|Overlapping|AllCertificates).*Policies|AllCertificatesanyPolicy|AnyPolicyTest14|Qualifier/;

describe.skipIf(PKITS === undefined)('NIST PKITS', () => {
  it('every end-entity certificate of the suite is there', () => {
    expect(subjects).toHaveLength(223);
  });

  it.each(subjects.map(([file]) => file).filter((file) => file.startsWith('Invalid')))('%s', async (file) => {
    expect(await judge(file)).not.toBe('accepted');
  });

  it.each(subjects.map(([file]) => file).filter((file) => !file.startsWith('Invalid')))(
    '%s',
    async (file) => {
      const code = await judge(file);
      const narrower = NARROWER.some(([path, refusal]) => code === refusal && path.test(file));
      const asked = file.startsWith('Valid') || NO_POLICY_ASKED.test(file);
      expect({ code, allowed: narrower || (asked && code === 'accepted') }).toEqual({ code, allowed: true });
    },
  );

  // The reason of a refusal, where the suite's own reason is one that this room evaluates.
  it.each([
    ['InvalidEESignatureTest3EE.crt', 'signature-invalid'],
    ['InvalidCAnotBeforeDateTest1EE.crt', 'not-yet-valid'],
    ['InvalidEEnotBeforeDateTest2EE.crt', 'not-yet-valid'],
    ['InvalidCAnotAfterDateTest5EE.crt', 'expired'],
    ['InvalidEEnotAfterDateTest6EE.crt', 'expired'],
    ['InvalidcAFalseTest2EE.crt', 'not-a-ca'],
    ['InvalidcAFalseTest3EE.crt', 'not-a-ca'],
    ['InvalidkeyUsageCriticalkeyCertSignFalseTest1EE.crt', 'key-usage'],
    ['InvalidkeyUsageNotCriticalkeyCertSignFalseTest2EE.crt', 'key-usage'],
    ['InvalidkeyUsageCriticalcRLSignFalseTest4EE.crt', 'key-usage'],
    ['InvalidpathLenConstraintTest5EE.crt', 'path-length-exceeded'],
    ['InvalidpathLenConstraintTest12EE.crt', 'path-length-exceeded'],
    ['InvalidSelfIssuedpathLenConstraintTest16EE.crt', 'path-length-exceeded'],
    ['InvalidRevokedCATest2EE.crt', 'revoked'],
    ['InvalidRevokedEETest3EE.crt', 'revoked'],
    ['InvalidLongSerialNumberTest18EE.crt', 'revoked'],
    ['InvalidMissingCRLTest1EE.crt', 'crl-missing'],
    ['InvalidOldCRLnextUpdateTest11EE.crt', 'crl-expired'],
    ['InvalidUnknownCRLExtensionTest9EE.crt', 'unknown-critical-extension'],
    ['InvalidUnknownCRLEntryExtensionTest8EE.crt', 'unknown-critical-extension'],
    ['InvalidUnknownCriticalCertificateExtensionTest2EE.crt', 'unknown-critical-extension'],
    ['InvaliddeltaCRLIndicatorNoBaseTest1EE.crt', 'crl-scope-unsupported'],
  ])('%s is refused as %s', async (file, code) => {
    expect(await judge(file)).toBe(code);
  });
});
