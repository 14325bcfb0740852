import { sha256, toHex } from '@asterism/bytes';
import { LOCK_PCR, type QuoteRequest, type Variant } from '@asterism/contracts';
import {
  describeEvent,
  eventTypeName,
  TpmFormatError,
  TpmNotGenuineError,
  verifyEventLog,
  verifyTpmQuote,
  type TpmNotGenuineErrorCode,
  type VerifiedTpmQuote,
} from '@asterism/tpm';
import { EKU } from '@asterism/x509';
import { activatedKeys, toMachineIdentity } from './activation.ts';
import { verifyCertificates } from './certificates.ts';
import {
  EvidenceFormatError,
  EvidenceNotGenuineError,
  EvidenceUndecidedError,
  type EvidenceNotGenuineErrorCode,
} from './errors.ts';
import type { VerificationExpectations } from './expectations.ts';
import { parsedEvidence } from './parse.ts';
import type {
  LoggedEvent,
  ParsedEvidence,
  ParsedTpmEvidence,
  VerifiedEvidence,
  VerifiedTpmEvidence,
} from './stages.ts';
import { verifiedEvidence } from './verified.ts';

/**
 * Stage 2: is the evidence genuine, and made for this exchange? Establishes for `tpm`: the quote carries the caller's
 * binding, is signed by a restricted key over exactly the requested bank and PCRs, and the values given are the signed
 * ones; the event log, where one came, replays to them (PCR 15 apart: the lock comes after the log); certificates are
 * for the keys that they came with. Chains and activation become facts for `appraise`.
 * @throws EvidenceNotGenuineError
 * @throws EvidenceUndecidedError `variant-unsupported` for a variant that this build cannot verify
 */
export async function verifyEvidence(
  parsed: ParsedEvidence,
  expected: VerificationExpectations,
): Promise<VerifiedEvidence> {
  parsedEvidence.require(parsed);
  const { request } = expected;
  const wanted: Variant = request.variant;
  if (parsed.variant !== wanted) {
    throw new EvidenceNotGenuineError(
      'variant-mismatch',
      'evidence is of another variant than was asked for',
      {
        got: parsed.variant,
        want: wanted,
      },
    );
  }
  if (parsed.variant !== 'tpm' || !('bank' in request)) {
    throw new EvidenceUndecidedError('variant-unsupported', 'this build cannot verify the variant', {
      got: parsed.variant,
      want: 'tpm',
    });
  }
  return verifyTpmEvidence(parsed, request, expected);
}

async function verifyTpmEvidence(
  parsed: ParsedTpmEvidence,
  request: QuoteRequest,
  expected: VerificationExpectations,
): Promise<VerifiedTpmEvidence> {
  const { activated, now, anchors } = expected;
  if (expected.binding.length !== 32) {
    throw new EvidenceFormatError('binding-malformed', 'expected binding is not 32 bytes', {
      got: expected.binding.length,
      want: 32,
    });
  }
  const quote = await asNotGenuine(() =>
    verifyTpmQuote(parsed.quote, {
      qualifyingData: expected.binding,
      bank: request.bank,
      pcrSelection: request.pcrs,
    }),
  );
  const akPublicSha256 = toHex(await sha256(parsed.akPublic));
  if (activated) {
    activatedKeys.require(activated);
    if (activated.akPublicSha256 !== akPublicSha256) {
      throw new EvidenceNotGenuineError(
        'attestation-key-mismatch',
        'quote is by another key than was activated',
        {
          got: akPublicSha256,
          want: activated.akPublicSha256,
        },
      );
    }
  }
  const akSpkiSha256 = toHex(await sha256(quote.akSpki));
  const events = await verifyLog(parsed, quote);
  return verifiedEvidence.mark<VerifiedTpmEvidence>({
    variant: 'tpm',
    bank: request.bank,
    pcrs: quote.pcrs,
    bootIdentity: `${quote.resetCount}.${quote.restartCount}`,
    clock: { milliseconds: quote.clock, safe: quote.safe },
    firmwareVersion: quote.firmwareVersion,
    akPublicSha256,
    akSpkiSha256,
    activated,
    identity: activated?.identity ?? null,
    endorsementCertificate: await verifyCertificates(parsed.ekCertificates, {
      key: await endorsementKeyOf(expected),
      mismatch: 'endorsement-key-mismatch',
      purpose: EKU.tcgEkCertificate,
      anchors: anchors.endorsement,
      now,
    }),
    attestationCertificate: await verifyCertificates(parsed.akCertificates, {
      key: akSpkiSha256,
      mismatch: 'attestation-key-mismatch',
      purpose: EKU.tcgAikCertificate,
      anchors: anchors.attestation,
      now,
    }),
    events,
  });
}

/** The EK that the machine claims must be the one that was activated, where both are known. */
async function endorsementKeyOf({ ekPublic, activated }: VerificationExpectations): Promise<string | null> {
  const claimed = ekPublic ? await toMachineIdentity(ekPublic) : null;
  if (claimed !== null && activated !== null && claimed !== activated.identity) {
    throw new EvidenceNotGenuineError(
      'endorsement-key-mismatch',
      'claimed EK is not the one that was activated',
      {
        got: claimed,
        want: activated.identity,
      },
    );
  }
  return claimed ?? activated?.identity ?? null;
}

async function verifyLog(
  { eventLog }: ParsedTpmEvidence,
  quote: VerifiedTpmQuote,
): Promise<readonly LoggedEvent[] | null> {
  if (eventLog === null) return null;
  const { bank } = quote;
  const measured = new Map([...quote.pcrs].filter(([pcr]) => pcr !== LOCK_PCR));
  await asNotGenuine(() => verifyEventLog(eventLog, bank, measured));
  return eventLog.events
    .filter((event) => measured.has(event.pcr))
    .map((event) => ({
      pcr: event.pcr,
      type: eventTypeName(event.type),
      digest: toHex(event.digests.get(bank) ?? new Uint8Array()),
      description: describeEvent(event),
    }));
}

const CODES: Readonly<Partial<Record<TpmNotGenuineErrorCode, EvidenceNotGenuineErrorCode>>> = {
  'qualifying-data-mismatch': 'binding-mismatch',
  'pcr-selection-mismatch': 'pcr-selection-mismatch',
  'event-log-mismatch': 'event-log-mismatch',
  'ak-attributes': 'attestation-key-unfit',
  'algorithm-refused': 'attestation-key-unfit',
};

async function asNotGenuine<Value>(verify: () => Promise<Value>): Promise<Value> {
  try {
    return await verify();
  } catch (cause) {
    if (cause instanceof TpmNotGenuineError) {
      const { got, want } = cause;
      throw new EvidenceNotGenuineError(CODES[cause.code] ?? 'quote-invalid', cause.message, {
        got,
        want,
        cause,
      });
    }
    if (cause instanceof TpmFormatError) {
      throw new EvidenceFormatError('part-malformed', cause.message, { cause });
    }
    throw cause;
  }
}
