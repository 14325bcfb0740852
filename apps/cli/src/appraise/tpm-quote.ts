import { CodedError, sha256, toBase64url, toHex, type Bytes } from '@asterism/bytes';
import type { TpmEvidence } from '@asterism/contracts';
import {
  decodeAttest,
  encodePublic,
  encodeSignature,
  parseEventLog,
  TpmFormatError,
  TpmNotGenuineError,
  toSpki,
  verifyEventLog,
  verifyTpmQuote,
  type PcrBank,
  type QuoteInfo,
  type TpmsAttest,
} from '@asterism/tpm';
import { appraiseEnvelope } from './envelope.ts';
import type { JudgingContext } from './judging-context.ts';
import { remark, toRefusal, type AppraisalReport, type ReportFinding } from './report.ts';
import { readAttestationKey, readPcrs, readSignature, toQuoteClaims } from './tpm-parts.ts';

export interface TpmQuoteFiles {
  /** TPMS_ATTEST. */
  readonly evidence: Bytes;
  readonly signature: Bytes | null;
  readonly ak: Bytes | null;
  /** Parsed JSON. */
  readonly pcrs: unknown;
  readonly eventLog: Bytes | null;
}

/** Judges a TPM quote from its files. With a policy the quote is put into our envelope and judged as a node's would be. */
export async function appraiseTpmQuote(
  files: TpmQuoteFiles,
  context: JudgingContext,
): Promise<AppraisalReport> {
  let claims: Record<string, unknown> = {};
  const remarks: ReportFinding[] = [];
  try {
    const attest = decodeAttest(files.evidence);
    claims = toQuoteClaims(attest);
    const info = requireQuote(attest);
    const missing = (['signature', 'ak'] as const).filter((part) => files[part] === null);
    if (files.signature === null || files.ak === null) {
      const message = `without ${missing.join(' and ')} nothing can be concluded`;
      return {
        outcome: 'undecided',
        code: 'part-missing',
        claims,
        findings: [remark('part-missing', missing.join(','), message)],
      };
    }
    const key = await readAttestationKey(files.ak, info, files.signature);
    claims['akSpkiSha256'] = toHex(await sha256(toSpki(key.area)));
    if (!key.attributesKnown) {
      remarks.push(
        remark(
          'ak-attributes-unchecked',
          'ak',
          'a bare key does not tell whether it is restricted to quotes',
        ),
      );
    }
    if (context.nonce === null) {
      remarks.push(remark('nonce-unchecked', 'extraData', 'no nonce was given', toHex(attest.extraData)));
    }
    const signature = readSignature(files.signature, key.area);
    const bank = bankOf(info);
    const quoted = info.pcrSelections.flatMap(({ pcrs }) => pcrs);
    const pcrs = files.pcrs === undefined ? null : readPcrs(files.pcrs, bank, quoted);
    if (pcrs === null) {
      const message = 'no PCR values were given, so only their digest is known';
      if (context.policy !== null) {
        return {
          outcome: 'undecided',
          code: 'part-missing',
          claims,
          findings: [remark('part-missing', 'pcrs', message), ...remarks],
        };
      }
      remarks.push(remark('pcr-values-unchecked', 'pcrs', message));
    } else {
      claims['pcrs'] = { [bank]: Object.fromEntries([...pcrs].map(([pcr, value]) => [pcr, toHex(value)])) };
    }
    if (context.policy !== null && pcrs !== null) {
      const envelope: TpmEvidence = {
        variant: 'tpm',
        format: 'asterism/evidence/v1',
        parts: {
          quote: toBase64url(files.evidence),
          signature: toBase64url(encodeSignature(signature)),
          akPublic: toBase64url(encodePublic(key.area)),
          pcrs: Object.fromEntries([...pcrs].map(([pcr, value]) => [String(pcr), toBase64url(value)])),
          ...(files.eventLog === null ? {} : { eventLog: toBase64url(files.eventLog) }),
        },
      };
      const report = await appraiseEnvelope(envelope, context);
      const known = new Set(report.findings.map(({ code }) => code));
      return {
        ...report,
        claims: { ...claims, ...report.claims },
        findings: [...report.findings, ...remarks.filter(({ code }) => !known.has(code))],
      };
    }
    await verifyTpmQuote(
      { quote: files.evidence, attest, signature, akPublic: key.area, pcrs: pcrs ?? new Map() },
      { qualifyingData: context.nonce ?? attest.extraData, bank, pcrSelection: quoted },
    ).catch((error: unknown) => {
      // Key, signature and nonce are verified before; that no values came is all that this code can mean here.
      const noValues =
        pcrs === null && error instanceof TpmNotGenuineError && error.code === 'pcr-selection-mismatch';
      if (!noValues) throw error;
    });
    if (files.eventLog !== null) {
      if (pcrs === null)
        remarks.push(
          remark('event-log-unchecked', 'event-log', 'without PCR values a log cannot be checked'),
        );
      else await verifyLog(files.eventLog, bank, pcrs);
    }
    return { outcome: 'genuine', code: 'genuine', claims, findings: remarks };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return toRefusal(error, claims, remarks);
  }
}

function requireQuote({ attested }: TpmsAttest): QuoteInfo {
  if (attested.type === 'quote') return attested;
  throw new TpmNotGenuineError('type-wrong', 'attestation is not a quote', {
    got: attested.type,
    want: 'quote',
  });
}

function bankOf({ pcrSelections }: QuoteInfo): PcrBank {
  const banks = pcrSelections.filter(({ pcrs }) => pcrs.length > 0).map(({ bank }) => bank);
  const [bank] = banks;
  if (banks.length !== 1 || bank === undefined) {
    throw new TpmNotGenuineError('pcr-selection-mismatch', 'quote is not over one bank', {
      got: banks,
      want: 'one bank',
    });
  }
  if (bank !== 'sha256' && bank !== 'sha384') {
    throw new TpmNotGenuineError('algorithm-refused', 'PCR bank uses a hash that is refused', {
      got: bank,
      want: ['sha256', 'sha384'],
    });
  }
  return bank;
}

/** Only PCRs that the log extends: others are extended by software that keeps its own log, or none. */
async function verifyLog(bytes: Bytes, bank: PcrBank, pcrs: ReadonlyMap<number, Bytes>): Promise<void> {
  const log = parseEventLog(bytes);
  const logged = new Set(log.events.map(({ pcr }) => pcr));
  const covered = new Map([...pcrs].filter(([pcr]) => logged.has(pcr)));
  if (covered.size === 0) throw new TpmFormatError('malformed', 'event log has no event of a quoted PCR');
  await verifyEventLog(log, bank, covered);
}
