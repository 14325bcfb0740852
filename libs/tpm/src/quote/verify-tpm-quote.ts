import { concat, equalBytes, toHex, type Bytes } from '@asterism/bytes';
import { TpmNotGenuineError } from '../errors.ts';
import { acceptHash, hashBytes, hashLength, type PcrBank } from '../structures/algorithms.ts';
import { TPM_GENERATED, type QuoteInfo, type TpmsAttest } from '../structures/attest.ts';
import type { PcrSelection } from '../structures/pcr-selection.ts';
import { toTpmName } from '../structures/public-area.ts';
import { toSpki } from '../structures/spki.ts';
import { verifyAttestationKey } from './attestation-key.ts';
import type { ParsedTpmQuote } from './parse-tpm-quote.ts';
import { verifyAttestSignature } from './verify-signature.ts';

/** Nothing is optional: an unset expectation would be "not checked" (S04). */
export interface TpmQuoteExpectations {
  /** The whole of extraData. */
  readonly qualifyingData: Uint8Array;
  readonly bank: PcrBank;
  /** Exactly these PCRs, no more and no fewer. */
  readonly pcrSelection: readonly number[];
}

declare const VERIFIED: unique symbol;

/** Genuine: signed over the qualifying data by a restricted key. That the key is a real TPM's is for its EK or certificate to prove. */
export interface VerifiedTpmQuote {
  readonly [VERIFIED]: 'quote';
  readonly bank: PcrBank;
  /** The values that were hashed into the signed digest. */
  readonly pcrs: ReadonlyMap<number, Bytes>;
  readonly resetCount: number;
  readonly restartCount: number;
  /** Milliseconds of the TPM's clock. */
  readonly clock: bigint;
  readonly safe: boolean;
  readonly firmwareVersion: bigint;
  /** `nameAlg ‖ H(TPMT_PUBLIC)`. */
  readonly akName: Bytes;
  /** SubjectPublicKeyInfo, DER. */
  readonly akSpki: Bytes;
}

function quoteInfo(attest: TpmsAttest): QuoteInfo {
  if (attest.magic !== TPM_GENERATED) {
    throw new TpmNotGenuineError('magic-wrong', 'attestation does not start with TPM_GENERATED', {
      got: attest.magic.toString(16),
      want: TPM_GENERATED.toString(16),
    });
  }
  if (attest.attested.type !== 'quote') {
    throw new TpmNotGenuineError('type-wrong', 'attestation is not a quote', {
      got: attest.attested.type,
      want: 'quote',
    });
  }
  return attest.attested;
}

function describe(selections: readonly PcrSelection[]): string {
  return selections.map(({ bank, pcrs }) => `${bank}:${pcrs.join(',')}`).join('+');
}

/** One bank, the wanted one, with exactly the wanted PCRs, both in the signed selection and in the values given. */
function verifySelection(info: QuoteInfo, given: Iterable<number>, expected: TpmQuoteExpectations): number[] {
  const wanted = [...new Set(expected.pcrSelection)].sort((a, b) => a - b);
  const want = describe([{ bank: expected.bank, pcrs: wanted, selectSize: 3 }]);
  if (wanted.length === 0 || describe(info.pcrSelections) !== want) {
    throw new TpmNotGenuineError('pcr-selection-mismatch', 'quoted banks and PCRs are not the wanted ones', {
      got: describe(info.pcrSelections),
      want,
    });
  }
  const values = [...given].sort((a, b) => a - b).join(',');
  if (values !== wanted.join(',')) {
    throw new TpmNotGenuineError('pcr-selection-mismatch', 'PCR values given are not of the wanted PCRs', {
      got: values,
      want: wanted.join(','),
    });
  }
  return wanted;
}

function orderedValues(pcrs: ReadonlyMap<number, Bytes>, order: readonly number[], bank: PcrBank): Bytes {
  const values = order.map((pcr) => {
    const value = pcrs.get(pcr);
    if (value === undefined || value.length !== hashLength(bank)) {
      throw new TpmNotGenuineError('pcr-digest-mismatch', `value of PCR ${pcr} is not a digest of the bank`, {
        got: value?.length ?? null,
        want: hashLength(bank),
      });
    }
    return value;
  });
  return concat(...values);
}

/**
 * Stage 2. Establishes: the key is a restricted signing key fixed to its TPM with a scheme set; magic and type; the
 * qualifying data (compared in constant time); exactly the wanted bank and PCRs; the signature; the PCR digest, with
 * the scheme's hash (Part 3 §18.4), from the values given and from no others. SHA-1 is refused everywhere.
 * Does not establish that the key belongs to a genuine TPM.
 * @throws TpmNotGenuineError
 */
export async function verifyTpmQuote(
  parsed: ParsedTpmQuote,
  expected: TpmQuoteExpectations,
): Promise<VerifiedTpmQuote> {
  acceptHash(expected.bank, 'PCR bank');
  const info = quoteInfo(parsed.attest);
  const key = verifyAttestationKey(parsed.akPublic);
  await verifyAttestSignature(key, parsed.signature, parsed.quote);
  const { extraData, clockInfo, firmwareVersion } = parsed.attest;
  if (!equalBytes(extraData, expected.qualifyingData)) {
    throw new TpmNotGenuineError('qualifying-data-mismatch', 'quote is bound to other data', {
      got: toHex(extraData),
      want: toHex(expected.qualifyingData),
    });
  }
  const order = verifySelection(info, parsed.pcrs.keys(), expected);
  const digest = await hashBytes(key.hash, orderedValues(parsed.pcrs, order, expected.bank));
  if (!equalBytes(digest, info.pcrDigest)) {
    throw new TpmNotGenuineError('pcr-digest-mismatch', 'PCR values given are not the quoted ones', {
      got: toHex(digest),
      want: toHex(info.pcrDigest),
    });
  }
  const { clock, resetCount, restartCount, safe } = clockInfo;
  const facts = { resetCount, restartCount, clock, safe, firmwareVersion };
  const akName = await toTpmName(key.area);
  const verified = { bank: expected.bank, pcrs: parsed.pcrs, ...facts, akName, akSpki: toSpki(key.area) };
  return verified as typeof verified & { readonly [VERIFIED]: 'quote' };
}
