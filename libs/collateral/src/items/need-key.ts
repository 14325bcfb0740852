import type { CollateralKind, CollateralNeed } from '@asterism/attestation';
import type { SigningKey, SnpProduct, TcbVersion } from '@asterism/snp';
import { CollateralInputError } from '../errors.ts';

/** A need as two texts: for tables, bundles and messages. Each need has one key, and each key one need. */
export interface NeedKey {
  readonly kind: CollateralKind;
  readonly key: string;
}

const PRODUCTS: readonly SnpProduct[] = ['Milan', 'Genoa', 'Turin'];
const KEYS: readonly SigningKey[] = ['VCEK', 'VLEK'];

/**
 * Also the gate before addresses: whatever a need was read from, what comes out is digits and names of a closed list.
 * @throws CollateralInputError `need-malformed`
 */
export function needKey(need: CollateralNeed): NeedKey {
  const { kind } = need;
  const made = { kind, key: write(need) };
  // Reading it back applies the grammar of `parseNeed`, so that there is one.
  parseNeed(made);
  return made;
}

function write(need: CollateralNeed): string {
  switch (need.kind) {
    case 'amd-chain':
    case 'amd-crl':
      return `${need.product}/${need.key}`;
    case 'amd-vcek':
      return `${need.product}/${need.chipId}/${writeTcb(need.tcb)}`;
    case 'intel-tcb-info':
      return need.fmspc;
    case 'intel-qe-identity':
      return 'td';
    case 'intel-pck-crl':
      return need.ca;
    case 'intel-root-crl':
      return 'root';
  }
}

/** @throws CollateralInputError `need-malformed` */
export function parseNeed({ kind, key }: { readonly kind: string; readonly key: string }): CollateralNeed {
  const need = PARSERS.get(kind)?.(key);
  if (need !== undefined) return need;
  throw new CollateralInputError('need-malformed', `no collateral ${kind} has this key`, { got: key });
}

const PARSERS: ReadonlyMap<string, (key: string) => CollateralNeed | undefined> = new Map([
  ['amd-chain', (key) => ofKey('amd-chain', key)],
  ['amd-crl', (key) => ofKey('amd-crl', key)],
  ['amd-vcek', ofChip],
  [
    'intel-tcb-info',
    (fmspc) => (/^[0-9a-f]{12}$/.test(fmspc) ? { kind: 'intel-tcb-info', fmspc } : undefined),
  ],
  ['intel-qe-identity', (key) => (key === 'td' ? { kind: 'intel-qe-identity' } : undefined)],
  [
    'intel-pck-crl',
    (ca) => (ca === 'processor' || ca === 'platform' ? { kind: 'intel-pck-crl', ca } : undefined),
  ],
  ['intel-root-crl', (key) => (key === 'root' ? { kind: 'intel-root-crl' } : undefined)],
] satisfies [CollateralKind, (key: string) => CollateralNeed | undefined][]);

function ofKey(kind: 'amd-chain' | 'amd-crl', text: string): CollateralNeed | undefined {
  const [name, keyName, ...rest] = text.split('/');
  const product = PRODUCTS.find((known) => known === name);
  const key = KEYS.find((known) => known === keyName);
  return product === undefined || key === undefined || rest.length > 0 ? undefined : { kind, product, key };
}

/** Bytes of a chip's identifier as the vendor is asked for it. */
const CHIP_ID_BYTES: Readonly<Record<SnpProduct, number>> = { Milan: 64, Genoa: 64, Turin: 8 };

function ofChip(text: string): CollateralNeed | undefined {
  const [name, chipId = '', tcbText = '', ...rest] = text.split('/');
  const product = PRODUCTS.find((known) => known === name);
  if (product === undefined || rest.length > 0) return undefined;
  const digits = 2 * CHIP_ID_BYTES[product];
  const tcb = readTcb(tcbText);
  const isOfProduct = tcb !== undefined && (tcb.fmc !== undefined) === (product === 'Turin');
  if (!isOfProduct || chipId.length !== digits || !/^[0-9a-f]+$/.test(chipId)) return undefined;
  return { kind: 'amd-vcek', product, chipId, tcb };
}

/** `fmc` first where there is one, then bootloader, TEE, SNP, microcode. */
function writeTcb({ fmc, bootloader, tee, snp, microcode }: TcbVersion): string {
  return [...(fmc === undefined ? [] : [fmc]), bootloader, tee, snp, microcode].join('.');
}

function readTcb(text: string): TcbVersion | undefined {
  const parts = text.split('.');
  if (!parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 0xff)) return undefined;
  const [bootloader = 0, tee = 0, snp = 0, microcode = 0, ...rest] = parts.map(Number).slice(-4);
  if (rest.length > 0 || parts.length < 4 || parts.length > 5) return undefined;
  return { fmc: parts.length === 5 ? Number(parts[0]) : undefined, bootloader, tee, snp, microcode };
}
