import { readCollateral, type CollateralNeed } from '@asterism/attestation';
import { fromUtf8, utf8 } from '@asterism/bytes';
import type { SigningKey } from '@asterism/snp';
import { toPem } from '@asterism/x509';
import { CollateralInputError } from '../errors.ts';
import type { CollateralItem } from '../items/item.ts';
import { at } from './address.ts';
import type { Vendor, VendorContext } from './vendor.ts';

export const AMD_KDS = new URL('https://kdsintf.amd.com/');

type AmdNeed = Extract<CollateralNeed, { kind: `amd-${string}` }>;

const KIB = 1024;
const MOST_BYTES: Readonly<Record<AmdNeed['kind'], number>> = {
  'amd-chain': 64 * KIB,
  'amd-vcek': 16 * KIB,
  'amd-crl': 1024 * KIB,
};

/** AMD's Key Distribution Service (AMD 57230 rev. 1.00 §4), or a mirror of it. */
export function amdKds(base: URL): Vendor {
  return {
    name: 'AMD KDS',
    answers: ({ kind }) => kind.startsWith('amd-'),
    fetch: (need, context) => {
      if (!isOfAmd(need)) throw new TypeError(`AMD publishes no ${need.kind}`);
      return fetchItem(base, need, context);
    },
  };
}

function isOfAmd(need: CollateralNeed): need is AmdNeed {
  return need.kind.startsWith('amd-');
}

async function fetchItem(base: URL, need: AmdNeed, context: VendorContext): Promise<CollateralItem> {
  const { body } = await context.get(addressOf(base, need), MOST_BYTES[need.kind]);
  const { certificates, crls } = await readCollateral([{ name: `AMD KDS ${need.kind}`, bytes: body }]);
  const made = { need, fetchedAt: context.now, source: base.host };
  if (need.kind === 'amd-chain') {
    const content = utf8(certificates.map(({ der }) => toPem(der)).join(''));
    return { ...made, content, issuerChain: null };
  }
  const key = need.kind === 'amd-crl' ? need.key : 'VCEK';
  const content = need.kind === 'amd-crl' ? crls[0]?.der : certificates[0]?.der;
  if (content === undefined)
    throw new CollateralInputError('item-malformed', `${need.kind}: answer holds none`);
  const chain = await context.item({ kind: 'amd-chain', product: need.product, key });
  return { ...made, content, issuerChain: fromUtf8(chain.content) };
}

const FOLDERS: Readonly<Record<SigningKey, string>> = { VCEK: 'vcek', VLEK: 'vlek' };

function addressOf(base: URL, need: AmdNeed): URL {
  if (need.kind === 'amd-chain') return at(base, `${FOLDERS[need.key]}/v1/${need.product}/cert_chain`);
  if (need.kind === 'amd-crl') return at(base, `${FOLDERS[need.key]}/v1/${need.product}/crl`);
  const { product, chipId, tcb } = need;
  return at(base, `vcek/v1/${product}/${chipId}`, {
    ...(tcb.fmc === undefined ? {} : { fmcSPL: tcb.fmc }),
    blSPL: tcb.bootloader,
    teeSPL: tcb.tee,
    snpSPL: tcb.snp,
    ucodeSPL: tcb.microcode,
  });
}
