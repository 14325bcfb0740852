import type { CollateralNeed } from '@asterism/attestation';
import { CollateralInputError, needKey, parseNeed } from '@asterism/collateral';
import type { CollateralItemDocument } from '@asterism/contracts';
import { UsageError } from '../errors.ts';

/** What a site is to be equipped for. */
export interface SiteOptions {
  /** Of AMD's: `Milan`, `Genoa`, `Turin`. */
  readonly product?: readonly string[];
  /** Platforms of Intel's. */
  readonly fmspc?: readonly string[];
  /** `PRODUCT/CHIP-ID/TCB`, as `collateral list` shows them. */
  readonly chip?: readonly string[];
}

/** Everything that evidence of such machines is verified with, each thing once. @throws UsageError */
export function needsOfSite({ product = [], fmspc = [], chip = [] }: SiteOptions): readonly CollateralNeed[] {
  const chips = chip.map((key) => read('amd-vcek', key, '--chip'));
  const products = [...product, ...chips.map((need) => ('product' in need ? need.product : ''))];
  const needs = [
    ...products.flatMap((name) =>
      ['VCEK', 'VLEK'].flatMap((key) =>
        (['amd-chain', 'amd-crl'] as const).map((kind) => read(kind, `${name}/${key}`, '--product')),
      ),
    ),
    ...chips,
    ...fmspc.map((key) => read('intel-tcb-info', key.toLowerCase(), '--fmspc')),
    ...(fmspc.length === 0 ? [] : OF_EVERY_TDX),
  ];
  return [...new Map(needs.map((need) => [nameOf(needKey(need)), need])).values()];
}

const OF_EVERY_TDX: readonly CollateralNeed[] = [
  { kind: 'intel-qe-identity' },
  { kind: 'intel-pck-crl', ca: 'processor' },
  { kind: 'intel-pck-crl', ca: 'platform' },
  { kind: 'intel-root-crl' },
];

export function nameOf({ kind, key }: Pick<CollateralItemDocument, 'kind' | 'key'>): string {
  return `${kind} ${key}`;
}

function read(kind: CollateralNeed['kind'], key: string, option: string): CollateralNeed {
  try {
    return parseNeed({ kind, key });
  } catch (cause) {
    if (!(cause instanceof CollateralInputError)) throw cause;
    throw new UsageError('usage', `${option} names nothing that there is`, { got: key, cause });
  }
}
