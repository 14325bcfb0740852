import { Writer, type Bytes } from '@asterism/bytes';
import { TdxFormatError } from '../errors.ts';
import { encodeEnclaveReport } from './enclave-report.ts';
import { ofLength } from './layout.ts';
import { BODY_TYPE, CERTIFICATION, ECDSA_P256, TEE_TDX, type TdxQuote } from './quote.ts';
import { BODY_SIZE, writeTdReport } from './td-report.ts';

/** Header and body: the bytes that the attestation key signs. @throws TdxFormatError `argument-invalid` */
function encodeSignedPart(quote: TdxQuote): Bytes {
  const generation = quote.report.tdx15 === undefined ? '1.0' : '1.5';
  if (quote.version === 4 && generation === '1.5') {
    throw new TdxFormatError('argument-invalid', 'a v4 quote has no TDX 1.5 body');
  }
  const writer = new Writer('little').u16(quote.version).u16(ECDSA_P256).u32(TEE_TDX);
  writer.u16(quote.qeSvn).u16(quote.pceSvn);
  writer.bytes(ofLength(quote.qeVendorId, 16, 'qeVendorId')).bytes(ofLength(quote.userData, 20, 'userData'));
  if (quote.version === 5) writer.u16(BODY_TYPE[generation]).u32(BODY_SIZE[generation]);
  writeTdReport(writer, quote.report);
  return writer.finish();
}

/** Counterpart of `parseTdxQuote`, byte for byte. @throws TdxFormatError `argument-invalid` */
export function encodeTdxQuote(quote: TdxQuote): Bytes {
  const outer = new Writer('little')
    .bytes(encodeEnclaveReport(quote.qeReport))
    .bytes(ofLength(quote.qeReportSignature, 64, 'qeReportSignature'))
    .sized16(quote.qeAuthData)
    .u16(CERTIFICATION.pckChain)
    .sized32(quote.pckChain)
    .finish();
  const data = new Writer('little')
    .bytes(ofLength(quote.signature, 64, 'signature'))
    .bytes(ofLength(quote.attestationKey, 64, 'attestationKey'))
    .u16(CERTIFICATION.qeReport)
    .sized32(outer)
    .finish();
  return new Writer('little').bytes(encodeSignedPart(quote)).sized32(data).bytes(quote.trailing).finish();
}
