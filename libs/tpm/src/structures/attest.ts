import { Writer, type Bytes, type Reader } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../errors.ts';
import { unsupported } from './algorithms.ts';
import { encodePcrSelections, readPcrSelections, type PcrSelection } from './pcr-selection.ts';

/** TPM_GENERATED_VALUE, Part 2 §6.2: starts what a TPM made itself; restricted keys sign nothing else that starts so. */
export const TPM_GENERATED = 0xff544347;

/** TPM_ST_ATTEST_*, Part 2 §6.9. */
const ATTEST_TYPE = { certify: 0x8017, quote: 0x8018 } as const;

/**
 * TPMS_CLOCK_INFO, Part 2 §10.11.1. For keys outside the endorsement and platform hierarchies the TPM adds to both counts
 * a number of the key's own (Part 3 §18.1): they compare within one key only, and wrap at 2³².
 */
export interface ClockInfo {
  /** Milliseconds that the TPM has been powered since it was cleared. */
  readonly clock: bigint;
  /** TPM resets since it was cleared: moves with every reboot. */
  readonly resetCount: number;
  /** Restarts and resumes since the last reset. */
  readonly restartCount: number;
  /** False where the clock may have been set back. */
  readonly safe: boolean;
}

/** TPMS_QUOTE_INFO, Part 2 §10.12.4. */
export interface QuoteInfo {
  readonly type: 'quote';
  readonly pcrSelections: readonly PcrSelection[];
  readonly pcrDigest: Bytes;
}

/** TPMS_CERTIFY_INFO, Part 2 §10.12.3. */
export interface CertifyInfo {
  readonly type: 'certify';
  readonly name: Bytes;
  readonly qualifiedName: Bytes;
}

/** TPMS_ATTEST, Part 2 §10.12.12. The magic is decoded, not checked: `verifyTpmQuote` refuses a wrong one by name. */
export interface TpmsAttest {
  readonly magic: number;
  readonly qualifiedSigner: Bytes;
  /** The caller's qualifying data. */
  readonly extraData: Bytes;
  readonly clockInfo: ClockInfo;
  readonly firmwareVersion: bigint;
  readonly attested: QuoteInfo | CertifyInfo;
}

/** TPM2B_NAME (Part 2 §10.5.3) and TPM2B_DATA (§10.4.3): at most a TPMT_HA of SHA-512. */
const MAX_NAME = 66;

function readClockInfo(reader: Reader): ClockInfo {
  const clock = reader.u64();
  const resetCount = reader.u32();
  const restartCount = reader.u32();
  const safe = reader.u8();
  if (safe > 1)
    throw new TpmFormatError('malformed', 'TPMI_YES_NO: clock safe', { got: safe, want: '0 or 1' });
  return { clock, resetCount, restartCount, safe: safe === 1 };
}

function readAttest(reader: Reader): TpmsAttest {
  const magic = reader.u32();
  const type = reader.u16();
  const qualifiedSigner = reader.sized16(MAX_NAME);
  const extraData = reader.sized16(MAX_NAME);
  const clockInfo = readClockInfo(reader);
  const firmwareVersion = reader.u64();
  const head = { magic, qualifiedSigner, extraData, clockInfo, firmwareVersion };
  if (type === ATTEST_TYPE.quote) {
    const pcrSelections = readPcrSelections(reader);
    return { ...head, attested: { type: 'quote', pcrSelections, pcrDigest: reader.sized16(64) } };
  }
  if (type === ATTEST_TYPE.certify) {
    const name = reader.sized16(MAX_NAME);
    return { ...head, attested: { type: 'certify', name, qualifiedName: reader.sized16(MAX_NAME) } };
  }
  throw unsupported('attestation type', type);
}

/** Decodes one TPMS_ATTEST of type quote or certify. @throws TpmFormatError */
export function decodeAttest(bytes: Uint8Array): TpmsAttest {
  return readStructure('TPMS_ATTEST', bytes, readAttest);
}

export function encodeAttest(attest: TpmsAttest): Bytes {
  const { clockInfo, attested } = attest;
  const writer = new Writer('big')
    .u32(attest.magic)
    .u16(ATTEST_TYPE[attested.type])
    .sized16(attest.qualifiedSigner)
    .sized16(attest.extraData)
    .u64(clockInfo.clock)
    .u32(clockInfo.resetCount)
    .u32(clockInfo.restartCount)
    .u8(clockInfo.safe ? 1 : 0)
    .u64(attest.firmwareVersion);
  if (attested.type === 'quote') {
    writer.bytes(encodePcrSelections(attested.pcrSelections)).sized16(attested.pcrDigest);
  } else {
    writer.sized16(attested.name).sized16(attested.qualifiedName);
  }
  return writer.finish();
}
