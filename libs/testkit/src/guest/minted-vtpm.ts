import { toBase64url, type Bytes } from '@asterism/bytes';
import type { EvidenceRequest } from '@asterism/contracts';
import { encodePublic, hashLength, toSpki, type TpmsAttest } from '@asterism/tpm';
import {
  derSequence,
  derUnsignedInteger,
  derUtf8String,
  EKU,
  type Certificate,
  type Extension,
  type TrustAnchor,
} from '@asterism/x509';
import { mintAk, mintQuote, type MintedAk } from '../tpm/index.ts';
import { extendedKeyUsage, keyUsage, mintChain } from '../x509/index.ts';

/** Who certifies the attestation key: a cloud, or nobody. */
export type VtpmMaker = 'azure' | 'google' | 'nobody';

export interface VtpmState {
  /** PCRs that are not zero. */
  readonly pcrs: Readonly<Record<number, Uint8Array>>;
  readonly resetCount: number;
  /** Changes the structure before it is signed. */
  readonly attest?: (honest: TpmsAttest) => TpmsAttest;
}

/** A virtual TPM of a cloud, whose attestation key a test holds. */
export interface MintedVtpm {
  readonly ak: MintedAk;
  /** TPMT_PUBLIC. */
  readonly akPublic: Bytes;
  /** Of the attestation key first; empty without a maker. */
  readonly certificates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  /** Parts of evidence: quote, signature, AK and PCR values. */
  quote(order: { readonly request: EvidenceRequest; readonly binding: Uint8Array } & VtpmState): QuoteParts;
}

interface QuoteParts {
  readonly quote: string;
  readonly signature: string;
  readonly akPublic: string;
  readonly pcrs: Record<string, string>;
}

/** Azure's are RSA keys. */
export async function mintVtpm(
  maker: VtpmMaker,
  validity?: { readonly notBefore: Date; readonly notAfter: Date },
): Promise<MintedVtpm> {
  const ak = mintAk(maker === 'azure' ? 'rsassa-2048' : 'ecdsa-p256');
  const akPublic = encodePublic(ak.area);
  const spoil = () => ({ ...validity });
  const chain =
    maker === 'nobody'
      ? undefined
      : await mintChain({
          leaf: () => ({ spki: toSpki(ak.area), ...validity }),
          intermediate: spoil,
          root: spoil,
          leafExtensions: LEAF[maker],
        });
  return {
    ak,
    akPublic,
    certificates: chain === undefined ? [] : [chain.leaf, ...chain.intermediates],
    anchors: chain?.anchors ?? [],
    quote: (order) => quoteParts(ak, akPublic, order),
  };
}

const LEAF: Readonly<Record<'azure' | 'google', readonly Extension[]>> = {
  azure: [keyUsage(0), extendedKeyUsage(EKU.tcgAikCertificate)],
  google: [keyUsage(0), instanceOf('node-1')],
};

/** The extension by which Google names the instance. */
function instanceOf(name: string): Extension {
  const value = derSequence(
    derUtf8String('us-central1-a'),
    derUnsignedInteger(1234),
    derUtf8String('project'),
    derUnsignedInteger(5678),
    derUtf8String(name),
  );
  return { oid: '1.3.6.1.4.1.11129.2.1.21', critical: false, value };
}

function quoteParts(
  ak: MintedAk,
  akPublic: Bytes,
  { request, binding, pcrs: values, resetCount, attest }: Parameters<MintedVtpm['quote']>[0],
): QuoteParts {
  if (!('bank' in request)) throw new Error('a TPM quotes a bank and PCRs');
  const { bank } = request;
  const pcrs = new Map(request.pcrs.map((pcr) => [pcr, values[pcr] ?? new Uint8Array(hashLength(bank))]));
  const quoted = mintQuote(ak, {
    qualifyingData: binding,
    bank,
    pcrs,
    attest: (honest) => {
      const own = { ...honest, clockInfo: { ...honest.clockInfo, resetCount, restartCount: 0 } };
      return attest?.(own) ?? own;
    },
  });
  return {
    quote: toBase64url(quoted.quote),
    signature: toBase64url(quoted.signature),
    akPublic: toBase64url(akPublic),
    pcrs: Object.fromEntries([...pcrs].map(([pcr, value]) => [String(pcr), toBase64url(value)])),
  };
}
