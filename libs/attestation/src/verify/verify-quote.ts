import { sha256, toHex } from '@asterism/bytes';
import { LOCK_PCR, type QuotedVariant } from '@asterism/contracts';
import { verifyTpmQuote, type VerifiedTpmQuote } from '@asterism/tpm';
import { activatedKeys, toMachineIdentity } from '../activation.ts';
import { EvidenceNotGenuineError } from '../errors.ts';
import type { VerificationExpectations } from '../expectations.ts';
import type { LoggedEvent, ParsedEvidenceOf, VerifiedQuoteSection } from '../stages.ts';
import { asEvidenceError } from './as-evidence-error.ts';
import { verifyAttestationCertificate, verifyEndorsementCertificate } from './certificates.ts';
import { describeLog, verifyLog } from './verify-log.ts';

type QuoteParts = Pick<ParsedEvidenceOf<QuotedVariant>, 'variant' | 'quote' | 'eventLog'>;

/**
 * The quote carries the binding and is signed by a restricted key over exactly the requested bank and PCRs (S05).
 * Whose key it is, certificates, activation or a TEE's report must say.
 */
export async function verifyQuoteSection(
  { variant, quote: parts, eventLog }: QuoteParts,
  expected: VerificationExpectations,
): Promise<{ readonly boot: string; readonly section: VerifiedQuoteSection }> {
  const { activated, request, now, anchors, binding } = expected;
  const { crls } = expected.collateral;
  if (!('bank' in request)) {
    throw new EvidenceNotGenuineError('variant-mismatch', 'no PCRs were asked for', { got: variant });
  }
  const { bank } = request;
  const quote = await asEvidenceError('quote-invalid', () =>
    verifyTpmQuote(parts.quote, { qualifyingData: binding, bank, pcrSelection: request.pcrs }),
  );
  const akPublicSha256 = toHex(await sha256(parts.akPublic));
  if (activated) {
    activatedKeys.require(activated);
    if (activated.akPublicSha256 !== akPublicSha256) {
      throw new EvidenceNotGenuineError(
        'attestation-key-mismatch',
        'quote is by another key than was activated',
        { got: akPublicSha256, want: activated.akPublicSha256 },
      );
    }
  }
  const akSpkiSha256 = toHex(await sha256(quote.akSpki));
  const section: VerifiedQuoteSection = {
    bank,
    pcrs: quote.pcrs,
    clock: { milliseconds: quote.clock, safe: quote.safe },
    firmwareVersion: quote.firmwareVersion,
    akPublicSha256,
    akSpkiSha256,
    activated,
    endorsementCertificate: await verifyEndorsementCertificate(parts.ekCertificates, {
      key: await endorsementKeyOf(expected),
      anchors: anchors.endorsement,
      crls,
      now,
    }),
    attestationCertificate: await verifyAttestationCertificate(parts.akCertificates, {
      key: akSpkiSha256,
      variant,
      anchors: anchors.attestation,
      crls,
      now,
    }),
    events: await verifyPcrLog(eventLog, quote),
  };
  return { boot: `${quote.resetCount}.${quote.restartCount}`, section };
}

/** The EK that the machine claims must be the one that was activated, where both are known. */
async function endorsementKeyOf({ ekPublic, activated }: VerificationExpectations): Promise<string | null> {
  const claimed = ekPublic ? await toMachineIdentity(ekPublic) : null;
  if (claimed !== null && activated !== null && claimed !== activated.identity) {
    throw new EvidenceNotGenuineError(
      'endorsement-key-mismatch',
      'claimed EK is not the one that was activated',
      { got: claimed, want: activated.identity },
    );
  }
  return claimed ?? activated?.identity ?? null;
}

/** The lock comes after the log. */
async function verifyPcrLog(
  log: QuoteParts['eventLog'],
  { bank, pcrs }: VerifiedTpmQuote,
): Promise<readonly LoggedEvent[] | null> {
  if (log === null) return null;
  const measured = new Map([...pcrs].filter(([pcr]) => pcr !== LOCK_PCR));
  await verifyLog(log, bank, measured);
  return describeLog(log, bank, [...measured.keys()]);
}
