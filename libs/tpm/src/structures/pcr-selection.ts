import { Writer, type Bytes, type Reader } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../errors.ts';
import { hashId, readHash, type TpmHashName } from './algorithms.ts';

/** TPMS_PCR_SELECTION, Part 2 §10.6.1. */
export interface PcrSelection {
  readonly bank: TpmHashName;
  /** Ascending. */
  readonly pcrs: readonly number[];
  /** sizeofSelect, bytes of the bit map: 3 on PC clients. */
  readonly selectSize: number;
}

const MAX_BANKS = 16;
const MAX_SELECT = 4;

function readSelection(reader: Reader): PcrSelection {
  const bank = readHash(reader);
  const selectSize = reader.u8();
  if (selectSize < 1 || selectSize > MAX_SELECT) {
    throw new TpmFormatError('malformed', 'TPMS_PCR_SELECTION: size of the bit map', {
      got: selectSize,
      want: `1 to ${MAX_SELECT}`,
    });
  }
  const map = reader.bytes(selectSize);
  const pcrs: number[] = [];
  for (let pcr = 0; pcr < 8 * selectSize; pcr++) {
    if ((((map[pcr >> 3] ?? 0) >> (pcr & 7)) & 1) === 1) pcrs.push(pcr);
  }
  return { bank, pcrs, selectSize };
}

/** TPML_PCR_SELECTION, Part 2 §10.9.7. Duplicate banks are readable; `verifyTpmQuote` refuses them. */
export function readPcrSelections(reader: Reader): PcrSelection[] {
  const count = reader.u32();
  if (count > MAX_BANKS) {
    throw new TpmFormatError('too-large', 'TPML_PCR_SELECTION: number of banks', {
      got: count,
      want: MAX_BANKS,
    });
  }
  return Array.from({ length: count }, () => readSelection(reader));
}

export function decodePcrSelections(bytes: Uint8Array): PcrSelection[] {
  return readStructure('TPML_PCR_SELECTION', bytes, readPcrSelections);
}

export function encodePcrSelections(selections: readonly PcrSelection[]): Bytes {
  const writer = new Writer('big').u32(selections.length);
  for (const { bank, pcrs, selectSize } of selections) {
    const map = new Uint8Array(selectSize);
    for (const pcr of pcrs) {
      if (!Number.isInteger(pcr) || pcr < 0 || pcr >= 8 * selectSize) {
        throw new TpmFormatError('malformed', 'PCR index outside the bit map', {
          got: pcr,
          want: 8 * selectSize - 1,
        });
      }
      map[pcr >> 3] = (map[pcr >> 3] ?? 0) | (1 << (pcr & 7));
    }
    writer.u16(hashId(bank)).u8(selectSize).bytes(map);
  }
  return writer.finish();
}

/** A selection in one bank over the 24 PCRs of a PC client. */
export function pcrSelection(bank: TpmHashName, pcrs: readonly number[]): PcrSelection {
  return { bank, pcrs: [...new Set(pcrs)].sort((a, b) => a - b), selectSize: 3 };
}
