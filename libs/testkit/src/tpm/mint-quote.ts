import { concat } from '@asterism/bytes';
import {
  encodeAttest,
  encodePublic,
  encodeSignature,
  pcrSelection,
  TPM_GENERATED,
  type TpmHashName,
  type TpmQuoteBytes,
  type TpmsAttest,
  type TpmtPublic,
  type TpmtSignature,
} from '@asterism/tpm';
import { createHash } from 'node:crypto';
import type { MintedAk } from './minted-ak.ts';

export interface QuoteOrder {
  readonly qualifyingData: Uint8Array;
  readonly bank: TpmHashName;
  /** Values by PCR, which are quoted and sent. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  /** What a test gets wrong on purpose: before signing, after signing, and in what is sent beside the quote. */
  readonly attest?: (honest: TpmsAttest) => TpmsAttest;
  readonly signature?: (honest: TpmtSignature) => TpmtSignature;
  readonly akPublic?: (honest: TpmtPublic) => TpmtPublic;
  readonly sent?: ReadonlyMap<number, Uint8Array>;
  readonly saltLength?: number;
}

/** A quote as a TPM makes it (Part 3 §18.4), the digest of the PCRs with the hash of the key's scheme. */
export function mintQuote(ak: MintedAk, order: QuoteOrder): TpmQuoteBytes {
  const pcrs = [...order.pcrs.keys()].sort((a, b) => a - b);
  const values = concat(...pcrs.map((pcr) => order.pcrs.get(pcr) ?? new Uint8Array()));
  const hash = ak.area.scheme?.hash ?? 'sha256';
  const honest: TpmsAttest = {
    magic: TPM_GENERATED,
    qualifiedSigner: new Uint8Array(34).fill(0x51),
    extraData: new Uint8Array(order.qualifyingData),
    clockInfo: { clock: 123_456n, resetCount: 7, restartCount: 2, safe: true },
    firmwareVersion: 0x0102_0304n,
    attested: {
      type: 'quote',
      pcrSelections: [pcrSelection(order.bank, pcrs)],
      pcrDigest: new Uint8Array(createHash(hash).update(values).digest()),
    },
  };
  const quote = encodeAttest(order.attest?.(honest) ?? honest);
  const signature = ak.sign(quote, order.saltLength);
  return {
    quote,
    signature: encodeSignature(order.signature?.(signature) ?? signature),
    akPublic: encodePublic(order.akPublic?.(ak.area) ?? ak.area),
    pcrs: order.sent ?? order.pcrs,
  };
}
