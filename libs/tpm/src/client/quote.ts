import { concat, equalBytes, type Bytes } from '@asterism/bytes';
import { acceptHash, hashBytes, type PcrBank } from '../structures/algorithms.ts';
import { decodeAttest } from '../structures/attest.ts';
import { decodeSignature } from '../structures/signature.ts';
import { TpmCommandError } from './command-error.ts';
import type { LoadedKey } from './handles.ts';
import type { Tpm } from './tpm.ts';

export interface QuoteSelection {
  readonly bank: PcrBank;
  readonly pcrs: readonly number[];
}

/** A quote and the PCR values that it is over. */
export interface TpmQuote {
  /** TPMS_ATTEST. */
  readonly quote: Bytes;
  /** TPMT_SIGNATURE. */
  readonly signature: Bytes;
  readonly pcrs: ReadonlyMap<number, Bytes>;
}

const MAX_ATTEMPTS = 5;

async function isOver(quote: Bytes, signature: Bytes, pcrs: ReadonlyMap<number, Bytes>): Promise<boolean> {
  const { attested } = decodeAttest(quote);
  const hash = acceptHash(decodeSignature(signature).hash, 'quote');
  const ordered = [...pcrs.keys()].sort((a, b) => a - b).map((pcr) => pcrs.get(pcr) ?? new Uint8Array());
  return (
    attested.type === 'quote' && equalBytes(attested.pcrDigest, await hashBytes(hash, concat(...ordered)))
  );
}

/**
 * Reads the PCRs and quotes them; again where one was extended in between.
 * @throws TpmCommandError `pcrs-moving` after five attempts.
 */
export function quote(
  tpm: Tpm,
  ak: LoadedKey,
  qualifyingData: Uint8Array,
  selection: QuoteSelection,
): Promise<TpmQuote> {
  return tpm.exclusive(async () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const pcrs = await tpm.pcrRead(selection.bank, selection.pcrs);
      const quoted = await tpm.quote(ak, qualifyingData, selection.bank, selection.pcrs);
      if (await isOver(quoted.quote, quoted.signature, pcrs)) return { ...quoted, pcrs };
    }
    throw new TpmCommandError('pcrs-moving', 'PCRs change between reading and quoting', {
      got: MAX_ATTEMPTS,
    });
  });
}
