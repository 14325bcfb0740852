import { BytesError, copyBytes, Reader, toHex } from '@asterism/bytes';
import { TdxFormatError } from '../errors.ts';
import { ENCLAVE_REPORT_SIZE, readEnclaveReport } from './enclave-report.ts';
import {
  BODY_TYPE,
  CERTIFICATION,
  ECDSA_P256,
  INTEL_QE_VENDOR,
  TEE_TDX,
  type ParsedTdxQuote,
} from './quote.ts';
import { BODY_SIZE, readTdReport } from './td-report.ts';

/** Largest quote that is read, in bytes; real ones are about 5,000, in buffers of 8,000. */
const MAX_QUOTE_BYTES = 64 * 1024;
const U16 = 0xffff;

/**
 * TDX quote v4 or v5 (Intel TDX DCAP Quoting Library API, revision 0.9, appendix A), little-endian, at most 64 KiB.
 * Bytes behind the quote are kept, as Intel's own library does not mind them. Not verified: any signature.
 * @throws TdxFormatError
 */
export function parseTdxQuote(bytes: Uint8Array): ParsedTdxQuote {
  if (bytes.length > MAX_QUOTE_BYTES) {
    throw new TdxFormatError('quote-malformed', 'quote is too large', {
      got: bytes.length,
      want: MAX_QUOTE_BYTES,
    });
  }
  try {
    return readQuote(bytes);
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    throw new TdxFormatError('quote-malformed', cause.message, { cause, got: cause.got, want: cause.want });
  }
}

function readQuote(bytes: Uint8Array): ParsedTdxQuote {
  const reader = new Reader(bytes, 'little');
  const header = readHeader(reader);
  const report = readTdReport(reader, header.version === 4 ? '1.0' : readBodyType(reader));
  const signed = copyBytes(bytes.subarray(0, reader.offset));
  const data = new Reader(reader.sized32(MAX_QUOTE_BYTES), 'little');
  const trailing = reader.rest();
  return { ...header, report, signed, ...readSignatureData(data), trailing };
}

/** 48 bytes: version 0, key type 2, TEE 4, QE SVN 8, PCE SVN 10, vendor 12, user data 28. */
function readHeader(reader: Reader) {
  const version = reader.u16();
  const keyType = reader.u16();
  const tee = reader.u32();
  if (tee !== TEE_TDX)
    throw new TdxFormatError('not-tdx', 'quote is not of TDX', { got: tee, want: TEE_TDX });
  if (version !== 4 && version !== 5) {
    throw new TdxFormatError('version-unsupported', 'unknown version of the quote', {
      got: version,
      want: [4, 5],
    });
  }
  if (keyType !== ECDSA_P256) {
    throw new TdxFormatError('key-type-unsupported', 'attestation key is not ECDSA P-256', { got: keyType });
  }
  const qeSvn = reader.u16();
  const pceSvn = reader.u16();
  const qeVendorId = reader.bytes(16);
  if (toHex(qeVendorId) !== INTEL_QE_VENDOR) {
    throw new TdxFormatError('quoting-enclave-unknown', "quoting enclave is not Intel's", {
      got: toHex(qeVendorId),
      want: INTEL_QE_VENDOR,
    });
  }
  return { version, qeSvn, pceSvn, qeVendorId, userData: reader.bytes(20) } as const;
}

/** Type and length of the body, which are signed too; v5 only. */
function readBodyType(reader: Reader): keyof typeof BODY_SIZE {
  const type = reader.u16();
  const size = reader.u32();
  for (const generation of ['1.0', '1.5'] as const) {
    if (type === BODY_TYPE[generation] && size === BODY_SIZE[generation]) return generation;
  }
  throw new TdxFormatError('body-type-unsupported', 'unknown type or length of the body', {
    got: { type, size },
  });
}

/** Signature 0, attestation key 64, certification data of type 6 at 128; inside it one of type 5. */
function readSignatureData(data: Reader) {
  const signature = data.bytes(64);
  const attestationKey = data.bytes(64);
  const outer = readCertification(data, CERTIFICATION.qeReport);
  const qeReportBytes = outer.bytes(ENCLAVE_REPORT_SIZE);
  const qeReport = readEnclaveReport(qeReportBytes);
  const qeReportSignature = outer.bytes(64);
  const qeAuthData = outer.sized16(U16);
  const pckChain = readCertification(outer, CERTIFICATION.pckChain).rest();
  return { signature, attestationKey, qeReport, qeReportBytes, qeReportSignature, qeAuthData, pckChain };
}

/** Type, length, data; nothing may follow it. */
function readCertification(reader: Reader, want: number): Reader {
  const type = reader.u16();
  if (type !== want) {
    throw new TdxFormatError('certification-data-unsupported', 'unknown type of certification data', {
      got: type,
      want,
    });
  }
  const content = reader.sized32(MAX_QUOTE_BYTES);
  reader.expectEnd();
  return new Reader(content, 'little');
}
