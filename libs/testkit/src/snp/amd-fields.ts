import { utf8, type Bytes } from '@asterism/bytes';
import type { SnpProduct, TcbVersion } from '@asterism/snp';
import {
  derElement,
  derOid,
  derSequence,
  derSetOf,
  derUnsignedInteger,
  derUtf8String,
  TAG,
  type Extension,
} from '@asterism/x509';

/** Names of AMD's extensions of a VCEK or VLEK, under 1.3.6.1.4.1.3704.1 (AMD 57230, chapter 3). */
const SNP_FIELD = {
  structVersion: '1',
  productName: '2',
  bootloader: '3.1',
  tee: '3.2',
  snp: '3.3',
  spare4: '3.4',
  spare5: '3.5',
  spare6: '3.6',
  spare7: '3.7',
  microcode: '3.8',
  fmc: '3.9',
  hwId: '4',
  cspId: '5',
} as const;

export type SnpField = keyof typeof SNP_FIELD;

/** One of AMD's extensions: a number and a text in DER, an identifier as its raw bytes. */
export function snpField(field: SnpField, value: number | string | Uint8Array): Extension {
  return { oid: snpFieldOid(field), critical: false, value: encodeField(value) };
}

export function snpFieldOid(field: SnpField): string {
  return `1.3.6.1.4.1.3704.1.${SNP_FIELD[field]}`;
}

function encodeField(value: number | string | Uint8Array): Bytes {
  if (typeof value === 'number') return derUnsignedInteger(value);
  return typeof value === 'string' ? derElement(TAG.ia5String, utf8(value)) : new Uint8Array(value);
}

/** AMD writes the stepping for Milan's VCEKs only. */
const PRODUCT_NAMES: Readonly<Record<SnpProduct, string>> = {
  Milan: 'Milan-B0',
  Genoa: 'Genoa',
  Turin: 'Turin',
};

/** The extensions of a chip's or provider's certificate, in AMD's order. */
export function snpFields(
  product: SnpProduct,
  tcb: TcbVersion,
  owner: { readonly hwId: Uint8Array } | { readonly cspId: string },
): readonly Extension[] {
  const { bootloader, tee, snp, microcode, fmc } = tcb;
  const isChip = 'hwId' in owner;
  return [
    snpField('structVersion', product === 'Turin' ? 1 : 0),
    snpField('productName', isChip ? PRODUCT_NAMES[product] : product),
    ...(fmc === undefined ? [] : [snpField('fmc', fmc)]),
    snpField('bootloader', bootloader),
    snpField('tee', tee),
    ...(fmc === undefined ? [snpField('spare4', 0)] : []),
    snpField('spare5', 0),
    snpField('spare6', 0),
    snpField('spare7', 0),
    snpField('snp', snp),
    snpField('microcode', microcode),
    isChip ? snpField('hwId', owner.hwId) : snpField('cspId', owner.cspId),
  ];
}

/** A name as AMD writes all of its own; they differ in the common name alone. */
export function amdName(commonName: string): Bytes {
  const attributes: readonly (readonly [oid: string, value: string])[] = [
    ['2.5.4.11', 'Engineering'],
    ['2.5.4.6', 'US'],
    ['2.5.4.7', 'Santa Clara'],
    ['2.5.4.8', 'CA'],
    ['2.5.4.10', 'Advanced Micro Devices'],
    ['2.5.4.3', commonName],
  ];
  return derSequence(
    ...attributes.map(([oid, value]) => derSetOf(derSequence(derOid(oid), derUtf8String(value)))),
  );
}
