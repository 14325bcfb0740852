import { sha256, toHex, type Bytes } from '@asterism/bytes';
import {
  decodeAttest,
  parseEventLog,
  TpmFormatError,
  TpmNotGenuineError,
  toSpki,
  verifyEventLog,
  verifyTpmQuote,
  type PcrBank,
  type QuoteInfo,
  type TpmEventLog,
  type TpmsAttest,
  type TpmtPublic,
  type VerifiedTpmQuote,
} from '@asterism/tpm';
import type { Judgement } from '../judgement.ts';
import { toAttestClaims, toPcrClaims, toSignatureClaim } from './quote-claims.ts';
import { readPcrs, readSignature } from './quote-parts.ts';

export interface QuoteParts {
  /** TPMS_ATTEST. */
  readonly quote: Bytes;
  readonly signature: Bytes;
  readonly key: TpmtPublic;
  /** Parsed JSON; undefined where none came. */
  readonly pcrs: unknown;
  readonly eventLog: Bytes | null;
}

/** What is known of a quote that its key has signed; null where no PCR values, or no log, came. */
export interface JudgedQuote {
  readonly verified: VerifiedTpmQuote | null;
  readonly log: TpmEventLog | null;
}

/**
 * Reads a quote, with or without the size in front that makes it a TPM2B_ATTEST, and writes its fields into the claims.
 * @throws TpmFormatError, TpmNotGenuineError `type-wrong`
 */
export function readQuote(
  judgement: Judgement,
  given: Bytes,
): { readonly bytes: Bytes; readonly attest: TpmsAttest; readonly info: QuoteInfo } {
  const bytes = isSized(given) ? given.slice(2) : given;
  const attest = decodeAttest(bytes);
  Object.assign(judgement.claims, toAttestClaims(attest));
  if (attest.attested.type === 'quote') return { bytes, attest, info: attest.attested };
  throw new TpmNotGenuineError('type-wrong', 'attestation is not a quote', {
    got: attest.attested.type,
    want: 'quote',
  });
}

/**
 * Judges a quote by its key: whose key that is, is another question. Claims of the quote stand in `judgement`; PCR values,
 * which may stand beside it, in `top`.
 * @throws TpmFormatError, TpmNotGenuineError
 */
export async function judgeQuote(
  judgement: Judgement,
  top: Judgement,
  parts: QuoteParts,
  nonce: Bytes | null,
): Promise<JudgedQuote> {
  const { bytes, attest, info } = readQuote(judgement, parts.quote);
  compareNonce(judgement, attest, nonce);
  const signature = readSignature(parts.signature, parts.key);
  judgement.claims['signature'] = toSignatureClaim(signature);
  const { bank, quoted, pcrs } = readValues(top, info, parts.pcrs);
  const verified = await verifyTpmQuote(
    { quote: bytes, attest, signature, akPublic: parts.key, pcrs: pcrs ?? new Map() },
    { qualifyingData: attest.extraData, bank, pcrSelection: quoted },
  ).catch((error: unknown) => {
    // The key and the signature are verified before; that no values came is all that this code can mean here.
    const noValues =
      pcrs === null && error instanceof TpmNotGenuineError && error.code === 'pcr-selection-mismatch';
    if (!noValues) throw error;
    return null;
  });
  if (pcrs === null) {
    const message = 'no PCR values were given, so only their digest is known';
    top.remark({ code: 'pcr-values-unchecked', claim: 'pcrs', message });
  }
  const { eventLog } = parts;
  return { verified, log: eventLog === null ? null : await judgeLog(top, eventLog, bank, pcrs) };
}

/**
 * Writes the values of the quoted PCRs into the claims; null where none came.
 * @throws TpmFormatError, TpmNotGenuineError on a selection that is not of one bank
 */
export function readValues(top: Judgement, info: QuoteInfo, json: unknown) {
  const bank = bankOf(info);
  const quoted = info.pcrSelections.flatMap(({ pcrs }) => pcrs);
  const pcrs = json === undefined ? null : readPcrs(json, bank, quoted);
  if (pcrs !== null) top.claims['pcrs'] = toPcrClaims(bank, pcrs);
  return { bank, quoted, pcrs };
}

/** SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
export async function keyDigest(key: TpmtPublic): Promise<string> {
  return toHex(await sha256(toSpki(key)));
}

/** No TPMS_ATTEST begins with its own length: it begins with TPM_GENERATED. */
function isSized({ [0]: high = 0, [1]: low = 0, length }: Bytes): boolean {
  return high * 256 + low === length - 2;
}

function compareNonce(judgement: Judgement, { extraData }: TpmsAttest, nonce: Bytes | null): void {
  const got = toHex(extraData);
  if (nonce === null) {
    const message = 'no nonce was given, so the quote may be of any time';
    judgement.remark({ code: 'nonce-unchecked', claim: 'extraData', message, got });
  } else {
    const message = 'quote is bound to other data';
    judgement.compare('qualifying-data-mismatch', 'extraData', got, toHex(nonce), message);
  }
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

/** Only PCRs that the log extends: others are extended by software that keeps its own log, or none. Null if unchecked. */
async function judgeLog(
  top: Judgement,
  bytes: Bytes,
  bank: PcrBank,
  pcrs: ReadonlyMap<number, Bytes> | null,
): Promise<TpmEventLog | null> {
  const log = parseEventLog(bytes);
  const logged = [...new Set(log.events.map(({ pcr }) => pcr))];
  if (pcrs === null) {
    const message = 'without PCR values a log cannot be checked';
    top.remark({ code: 'event-log-unchecked', claim: 'event-log', message });
    return null;
  }
  const covered = new Map([...pcrs].filter(([pcr]) => logged.includes(pcr)));
  if (covered.size === 0) throw new TpmFormatError('malformed', 'event log has no event of a quoted PCR');
  await verifyEventLog(log, bank, covered);
  top.claims['replayedPcrs'] = logged.filter((pcr) => covered.has(pcr));
  top.claims['events'] = log.events.length;
  return log;
}
