import { fromBase64url, type Bytes } from '@asterism/bytes';
import { evidenceSchema, type EvidenceOf } from '@asterism/contracts';
import { parseEventLog, parseTpmQuote } from '@asterism/tpm';
import { parseCertificate, type Certificate } from '@asterism/x509';
import { EvidenceFormatError } from './errors.ts';
import { asFormatError } from './format.ts';
import { stageMark } from './proven.ts';
import type { ParsedEvidence, ParsedOtherEvidence, ParsedTpmEvidence } from './stages.ts';

export const parsedEvidence = stageMark('evidence-not-parsed', 'evidence was not made by parseEvidence');

/**
 * Stage 1: an envelope from anywhere to structures. The schema bounds every part and every list before it is decoded;
 * decoding is strict. Nothing in the outcome is trusted.
 * @param envelope a JSON value
 * @throws EvidenceFormatError
 */
export function parseEvidence(envelope: unknown): ParsedEvidence {
  const checked = evidenceSchema.safeParse(envelope);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const path = (issue?.path ?? []).join('.').slice(0, MAX_TEXT);
    throw new EvidenceFormatError('evidence-malformed', `evidence: ${path}: ${issue?.code ?? 'invalid'}`, {
      got: path,
      cause: checked.error,
    });
  }
  const evidence = checked.data;
  if (evidence.variant === 'tpm') return parseTpmEvidence(evidence);
  const { variant, parts } = evidence;
  return parsedEvidence.mark<ParsedOtherEvidence>({ variant, parts });
}

const MAX_TEXT = 200;

function parseTpmEvidence({ parts }: EvidenceOf<'tpm'>): ParsedTpmEvidence {
  const akPublic = bytesOf('akPublic', parts.akPublic);
  const pcrs = Object.entries(parts.pcrs).map(
    ([pcr, value]) => [Number(pcr), bytesOf(`pcrs.${pcr}`, value)] as const,
  );
  const quote = asFormatError('quote', () =>
    parseTpmQuote({
      quote: bytesOf('quote', parts.quote),
      signature: bytesOf('signature', parts.signature),
      akPublic,
      pcrs: new Map(pcrs),
    }),
  );
  return parsedEvidence.mark<ParsedTpmEvidence>({
    variant: 'tpm',
    quote,
    akPublic,
    eventLog:
      parts.eventLog === undefined
        ? null
        : asFormatError('eventLog', () => parseEventLog(bytesOf('eventLog', parts.eventLog ?? ''))),
    ekCertificates: certificatesOf('ekCertificates', parts.ekCertificates),
    akCertificates: certificatesOf('akCertificates', parts.akCertificates),
  });
}

function certificatesOf(part: string, list: readonly string[] = []): readonly Certificate[] {
  return list.map((text, index) => {
    const name = `${part}.${index}`;
    return asFormatError(name, () => parseCertificate(bytesOf(name, text)));
  });
}

function bytesOf(part: string, text: string): Bytes {
  return asFormatError(part, () => fromBase64url(text));
}
