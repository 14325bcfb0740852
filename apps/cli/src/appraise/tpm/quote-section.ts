import { describeLog, type CertificateFact, type VerifiedQuoteSection } from '@asterism/attestation';
import { sha256, toHex } from '@asterism/bytes';
import { encodePublic, type TpmtPublic } from '@asterism/tpm';
import type { AppraisalInputs } from '../inputs.ts';
import type { Judgement } from '../judgement.ts';
import { keyDigest, type JudgedQuote } from './judge-quote.ts';

/**
 * A quote as policies compare it. Offline there is no activation: a policy that trusts endorsement keys stays undecided,
 * because nothing here proves that the attestation key lives beside the endorsement key. Null where no PCR values came.
 */
export async function toQuoteSection(
  judgement: Judgement,
  { verified, log }: JudgedQuote,
  key: TpmtPublic,
  attestationCertificate: CertificateFact,
  { policy }: AppraisalInputs,
): Promise<VerifiedQuoteSection | null> {
  if (verified === null) {
    if (policy === null) return null;
    const message = 'without the values of the PCRs a policy has nothing to compare';
    judgement.lack({ code: 'part-missing', claim: 'pcrs', message, want: 'pcrs' });
    return null;
  }
  const { bank, pcrs, clock: milliseconds, safe, firmwareVersion } = verified;
  return {
    bank,
    pcrs,
    clock: { milliseconds, safe },
    firmwareVersion,
    akPublicSha256: toHex(await sha256(encodePublic(key))),
    akSpkiSha256: await keyDigest(key),
    activated: null,
    endorsementCertificate: { kind: 'absent' },
    attestationCertificate,
    events: log && describeLog(log, bank, [...pcrs.keys()]),
  };
}
