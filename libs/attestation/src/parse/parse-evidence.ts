import { evidenceSchema, type Evidence } from '@asterism/contracts';
import { NO_COLLATERAL } from '../collateral/collateral.ts';
import { EvidenceFormatError } from '../errors.ts';
import { stageMark } from '../proven.ts';
import type { ParsedEvidence, Unmarked } from '../stages.ts';
import {
  readCollateralPart,
  readEventLog,
  readHcl,
  readHclSnp,
  readNitro,
  readQuote,
  readSnp,
  readTdx,
} from './sections.ts';

export const parsedEvidence = stageMark('evidence-not-parsed', 'evidence was not made by parseEvidence');

const MAX_TEXT = 200;

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
  return parsedEvidence.mark<ParsedEvidence>(readParts(checked.data));
}

const NONE = {
  quote: null,
  snp: null,
  tdx: null,
  hcl: null,
  nitro: null,
  eventLog: null,
  collateral: NO_COLLATERAL,
} as const;

/** Which sections a variant's parts make. Every part of the contract is read here. */
function readParts({ variant, parts }: Evidence): Unmarked<ParsedEvidence> {
  switch (variant) {
    case 'tpm':
    case 'azure-trusted-launch':
    case 'gcp-sev-es':
      return { ...NONE, variant, quote: readQuote(parts), eventLog: readEventLog(parts) };
    case 'sev-snp':
      return { ...NONE, variant, snp: readSnp(parts) };
    case 'tdx':
      return {
        ...NONE,
        variant,
        tdx: readTdx('quote', parts.quote),
        eventLog: readEventLog(parts),
        collateral: readCollateralPart(parts.collateral),
      };
    case 'gcp-sev-snp':
    case 'aws-sev-snp': {
      const quote = readQuote(parts);
      return { ...NONE, variant, quote, snp: readSnp(parts), eventLog: readEventLog(parts) };
    }
    case 'azure-sev-snp': {
      const hcl = readHcl(parts.hclReport, 'SNP');
      const snp = readHclSnp(hcl, parts.certificates);
      return { ...NONE, variant, quote: readQuote(parts), snp, hcl, eventLog: readEventLog(parts) };
    }
    case 'azure-tdx': {
      const tdx = readTdx('tdQuote', parts.tdQuote);
      const hcl = readHcl(parts.hclReport, 'TDX');
      return { ...NONE, variant, quote: readQuote(parts), tdx, hcl, eventLog: readEventLog(parts) };
    }
    case 'aws-nitro-tpm':
      return { ...NONE, variant, nitro: readNitro(parts.document) };
  }
}
