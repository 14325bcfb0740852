import { SnpInputError } from '../errors.ts';

/** A line of processors with one root key. Bergamo and Siena are issued by Genoa's (AMD 57230 rev. 1.00, chapter 1). */
export type SnpProduct = 'Milan' | 'Genoa' | 'Turin';

export interface Cpuid {
  /** Extended family, as the processor combines it: 0x19 is Zen 3 and 4, 0x1a is Zen 5. */
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
}

/** As in virtee/sev. 0xa0 to 0xaf are the Zen 4c of Bergamo and Siena. */
const MODELS: readonly (readonly [family: number, first: number, last: number, product: SnpProduct])[] = [
  [0x19, 0x00, 0x0f, 'Milan'],
  [0x19, 0x10, 0x1f, 'Genoa'],
  [0x19, 0xa0, 0xaf, 'Genoa'],
  [0x1a, 0x00, 0x11, 'Turin'],
];

/** @throws SnpInputError `product-unknown` */
export function productOfCpuid({ family, model }: Cpuid): SnpProduct {
  const found = MODELS.find(([f, first, last]) => f === family && first <= model && model <= last);
  if (found === undefined) {
    throw new SnpInputError('product-unknown', 'no known product has this CPUID', { got: { family, model } });
  }
  return found[3];
}

const NAMES: Readonly<Record<string, SnpProduct>> = {
  Milan: 'Milan',
  Genoa: 'Genoa',
  Bergamo: 'Genoa',
  Siena: 'Genoa',
  Turin: 'Turin',
};

/** Product of a certificate's `productName`: a name, for some with a stepping behind it (`Milan-B0`). */
export function productOfName(name: string): SnpProduct | undefined {
  const line = /^([A-Z][a-z]+)(?:-[A-Z]\d)?$/.exec(name)?.[1] ?? '';
  return Object.hasOwn(NAMES, line) ? NAMES[line] : undefined;
}
