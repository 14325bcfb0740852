import { copyBytes, fromUtf8, type Bytes } from '@asterism/bytes';
import { DerReader, TAG, X509Error, type Certificate } from '@asterism/x509';
import { asSnpInputError, SnpInputError } from '../errors.ts';
import { productOfName, type SnpProduct } from '../report/product.ts';
import type { SigningKey } from '../report/report.ts';
import type { TcbVersion } from '../report/tcb-version.ts';

/** Extensions of a VCEK and VLEK (AMD 57230 rev. 1.00, chapter 3), under the arc of AMD. */
const ARC = '1.3.6.1.4.1.3704.1';
const FIELD = {
  structVersion: `${ARC}.1`,
  productName: `${ARC}.2`,
  bootloader: `${ARC}.3.1`,
  tee: `${ARC}.3.2`,
  snp: `${ARC}.3.3`,
  microcode: `${ARC}.3.8`,
  fmc: `${ARC}.3.9`,
  hwId: `${ARC}.4`,
  cspId: `${ARC}.5`,
} as const;
/** Parts of the TCB that no product uses yet; Turin has no fourth. */
const SPARE = [4, 5, 6, 7].map((number) => `${ARC}.3.${number}`);

/** Bytes of a chip's identifier. */
const HW_ID_BYTES: Readonly<Record<SnpProduct, number>> = { Milan: 64, Genoa: 64, Turin: 8 };
/** `structVersion`: 1 has the field for FMC. */
const STRUCT_VERSION: Readonly<Record<SnpProduct, number>> = { Milan: 0, Genoa: 0, Turin: 1 };

/** What a VCEK's or VLEK's certificate says in AMD's extensions. */
export interface EndorsementFields {
  readonly kind: SigningKey;
  /** As written, with the stepping: `Milan-B0`. */
  readonly productName: string;
  readonly product: SnpProduct;
  readonly tcb: TcbVersion;
  /** VCEK: 64 bytes, 8 on Turin. */
  readonly hwId: Bytes | undefined;
  /** VLEK: the provider that the key was leased to. */
  readonly cspId: string | undefined;
}

/** What was read, as long as the certificate lives: a machine shows the same one with every report. */
const known = new WeakMap<Certificate, EndorsementFields>();

/**
 * AMD's extensions of an endorsement certificate. Not verified: that AMD issued it.
 * @throws SnpInputError `certificate-fields-malformed`
 */
export function parseEndorsementFields(certificate: Certificate): EndorsementFields {
  const read = known.get(certificate);
  if (read !== undefined) return read;
  try {
    const fields = Object.freeze(
      asSnpInputError('certificate-fields-malformed', () => readFields(certificate)),
    );
    known.set(certificate, fields);
    return fields;
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    throw malformed(cause.message, cause.got, cause.want, cause);
  }
}

function readFields({ extensions }: Certificate): EndorsementFields {
  const raw = (oid: string) => extensions.find((extension) => extension.oid === oid)?.value;
  const required = (oid: string): Bytes => {
    const value = raw(oid);
    if (value === undefined) throw malformed('certificate lacks an extension', undefined, oid);
    return value;
  };
  const number = (oid: string) => readByte(required(oid));

  const productName = readIa5(required(FIELD.productName));
  const product = productOfName(productName);
  if (product === undefined) throw malformed('product of the certificate is unknown', productName);
  const structVersion = number(FIELD.structVersion);
  if (structVersion !== STRUCT_VERSION[product]) {
    throw malformed('structVersion is not that of the product', structVersion, STRUCT_VERSION[product]);
  }
  const fmc = structVersion === 1 ? number(FIELD.fmc) : undefined;
  if (fmc === undefined && raw(FIELD.fmc) !== undefined) throw malformed('only Turin has an FMC version');
  for (const oid of SPARE) {
    const value = raw(oid);
    if (value !== undefined && readByte(value) !== 0) throw malformed('spare part of the TCB is used', oid);
  }
  const tcb = {
    fmc,
    bootloader: number(FIELD.bootloader),
    tee: number(FIELD.tee),
    snp: number(FIELD.snp),
    microcode: number(FIELD.microcode),
  };
  const hwId = raw(FIELD.hwId);
  const csp = raw(FIELD.cspId);
  if ((hwId === undefined) === (csp === undefined)) {
    throw malformed('certificate is not of a chip alone or of a provider alone');
  }
  if (hwId !== undefined && hwId.length !== HW_ID_BYTES[product]) {
    throw malformed('hwID has a wrong length', hwId.length, HW_ID_BYTES[product]);
  }
  return {
    kind: hwId === undefined ? 'VLEK' : 'VCEK',
    productName,
    product,
    tcb,
    // Raw bytes, no OCTET STRING around them.
    hwId: hwId === undefined ? undefined : copyBytes(hwId),
    cspId: csp === undefined ? undefined : readIa5(csp),
  };
}

function readByte(der: Uint8Array): number {
  const reader = DerReader.of(der);
  const value = reader.smallInteger();
  reader.expectEnd();
  if (value > 0xff) throw malformed('security version is over a byte', value, 0xff);
  return value;
}

function readIa5(der: Uint8Array): string {
  const reader = DerReader.of(der);
  const { content } = reader.element(TAG.ia5String);
  reader.expectEnd();
  return fromUtf8(content);
}

function malformed(message: string, got?: unknown, want?: unknown, cause?: unknown): SnpInputError {
  return new SnpInputError('certificate-fields-malformed', message, { got, want, cause });
}
