import { readCollateral, type CollateralNeed } from '@asterism/attestation';

import { CollateralInputError } from '../errors.ts';
import type { VendorAnswer } from '../http/vendor-get.ts';
import type { CollateralItem } from '../items/item.ts';
import { at } from './address.ts';
import type { Vendor, VendorContext } from './vendor.ts';

export const INTEL_PCS = new URL('https://api.trustedservices.intel.com/');
export const INTEL_ROOT_CRL = new URL('https://certificates.trustedservices.intel.com/IntelSGXRootCA.der');

/** `early` has a new TCB level from its day of publication on, `standard` once platforms have had time for it. */
export type TcbUpdate = 'early' | 'standard';

export interface PcsOptions {
  readonly base: URL;
  /** A file apart from the service; null where the service has it itself, as a PCCS does. */
  readonly rootCrl: URL | null;
  readonly update: TcbUpdate;
}

type IntelNeed = Extract<CollateralNeed, { kind: `intel-${string}` }>;

const KIB = 1024;
const MOST_BYTES: Readonly<Record<IntelNeed['kind'], number>> = {
  'intel-tcb-info': 1024 * KIB,
  'intel-qe-identity': 256 * KIB,
  'intel-pck-crl': 8192 * KIB,
  'intel-root-crl': 1024 * KIB,
};

/** Names of the header that holds the issuers (Intel SGX and TDX PCS API v4). */
const ISSUER_HEADERS = {
  'intel-tcb-info': 'tcb-info-issuer-chain',
  'intel-qe-identity': 'sgx-enclave-identity-issuer-chain',
  'intel-pck-crl': 'sgx-pck-crl-issuer-chain',
} as const;

/** Intel's Provisioning Certification Service v4, or a PCCS: the same paths on a base of the operator's. */
export function intelPcs(options: PcsOptions): Vendor {
  return {
    name: 'Intel PCS',
    answers: ({ kind }) => kind.startsWith('intel-'),
    fetch: (need, context) => {
      if (!isOfIntel(need)) throw new TypeError(`Intel publishes no ${need.kind}`);
      return fetchItem(options, need, context);
    },
  };
}

function isOfIntel(need: CollateralNeed): need is IntelNeed {
  return need.kind.startsWith('intel-');
}

async function fetchItem(
  options: PcsOptions,
  need: IntelNeed,
  context: VendorContext,
): Promise<CollateralItem> {
  const address = addressOf(options, need);
  const answer = await context.get(address, MOST_BYTES[need.kind]);
  const made = { need, fetchedAt: context.now, source: address.host };
  switch (need.kind) {
    case 'intel-tcb-info':
    case 'intel-qe-identity':
      // The text is signed as it stands.
      return { ...made, content: answer.body, issuerChain: issuersOf(answer, need.kind) };
    case 'intel-pck-crl':
      return { ...made, content: await listOf(answer), issuerChain: issuersOf(answer, need.kind) };
    case 'intel-root-crl': {
      // Its issuer, the root, comes with every chain of Intel's but not with the list.
      const { issuerChain } = await context.item({ kind: 'intel-qe-identity' });
      return { ...made, content: await listOf(answer), issuerChain };
    }
  }
}

/** DER; PCCS and older answers have it in hexadecimal. */
async function listOf({ body }: VendorAnswer): Promise<CollateralItem['content']> {
  const { crls } = await readCollateral([{ name: 'Intel PCS revocation list', bytes: body }]);
  const [crl] = crls;
  if (crl === undefined) throw new CollateralInputError('item-malformed', 'answer holds no revocation list');
  return crl.der;
}

function issuersOf(answer: VendorAnswer, kind: keyof typeof ISSUER_HEADERS): string {
  const name = ISSUER_HEADERS[kind];
  const value = answer.header(name);
  if (value === undefined) {
    throw new CollateralInputError('item-malformed', `${kind}: answer lacks its issuers`, { want: name });
  }
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    throw new CollateralInputError('item-malformed', `${kind}: ${name} is not percent-encoded`, { cause });
  }
}

function addressOf({ base, rootCrl, update }: PcsOptions, need: IntelNeed): URL {
  switch (need.kind) {
    case 'intel-tcb-info':
      return at(base, 'tdx/certification/v4/tcb', { fmspc: need.fmspc, update });
    case 'intel-qe-identity':
      return at(base, 'tdx/certification/v4/qe/identity', { update });
    case 'intel-pck-crl':
      return at(base, 'sgx/certification/v4/pckcrl', { ca: need.ca, encoding: 'der' });
    case 'intel-root-crl':
      return rootCrl ?? at(base, 'sgx/certification/v4/rootcacrl');
  }
}
