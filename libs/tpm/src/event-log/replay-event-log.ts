import { concat, equalBytes, utf8, type Bytes } from '@asterism/bytes';
import { TpmNotGenuineError } from '../errors.ts';
import { acceptHash, hashBytes, hashLength, type PcrBank, type TpmHash } from '../structures/algorithms.ts';
import type { TpmEvent, TpmEventLog } from './event-log.ts';
import { EVENT_TYPE } from './event-types.ts';

const STARTUP_LOCALITY = utf8('StartupLocality\0');

/** PCR extend, Part 1 §17.2: `H(old ‖ digest)`. */
export function extendPcr(bank: TpmHash, value: Uint8Array, digest: Uint8Array): Promise<Bytes> {
  return hashBytes(bank, concat(value, digest));
}

/** TCG_EfiStartupLocalityEvent, Platform Firmware Profile §10.4.5.3: the last byte that PCR 0 starts with. */
function startupLocality(event: TpmEvent): number | null {
  const { data, pcr, type } = event;
  const is =
    pcr === 0 &&
    type === EVENT_TYPE.EV_NO_ACTION &&
    data.length === STARTUP_LOCALITY.length + 1 &&
    equalBytes(data.subarray(0, STARTUP_LOCALITY.length), STARTUP_LOCALITY);
  return is ? (data[STARTUP_LOCALITY.length] ?? null) : null;
}

function initialValue(bank: TpmHash, pcr: number, events: readonly TpmEvent[]): Bytes {
  const value = new Uint8Array(hashLength(bank));
  if (pcr !== 0) return value;
  for (const event of events) {
    const locality = startupLocality(event);
    if (locality !== null) value[value.length - 1] = locality;
  }
  return value;
}

/** One PCR's way: `values[0]` before any event, `values[i + 1]` after `events[i]`. */
export interface PcrReplay {
  readonly events: readonly TpmEvent[];
  readonly values: readonly Bytes[];
}

/** EV_NO_ACTION informs and extends nothing. */
export async function replayPcr(log: TpmEventLog, bank: PcrBank, pcr: number): Promise<PcrReplay> {
  const hash = acceptHash(bank, 'PCR bank');
  const ofPcr = log.events.filter((event) => event.pcr === pcr);
  const events = ofPcr.filter((event) => event.type !== EVENT_TYPE.EV_NO_ACTION);
  let value = initialValue(hash, pcr, ofPcr);
  const values = [value];
  for (const event of events) {
    const digest = event.digests.get(hash);
    if (digest === undefined) throw missingBank(log, bank);
    value = await extendPcr(hash, value, digest);
    values.push(value);
  }
  return { events, values };
}

function missingBank(log: TpmEventLog, bank: PcrBank): TpmNotGenuineError {
  return new TpmNotGenuineError('event-log-mismatch', 'event log has no digests of the bank', {
    got: log.banks,
    want: bank,
  });
}

/**
 * The values that the log's events lead to, for each PCR that the log extends. PCR 0 starts with the startup locality.
 * @throws TpmNotGenuineError `event-log-mismatch` where the log lacks the bank, `algorithm-refused` for SHA-1.
 */
export async function replayEventLog(log: TpmEventLog, bank: PcrBank): Promise<Map<number, Bytes>> {
  if (!log.banks.includes(acceptHash(bank, 'PCR bank'))) throw missingBank(log, bank);
  const extended = log.events.filter((event) => event.type !== EVENT_TYPE.EV_NO_ACTION);
  const result = new Map<number, Bytes>();
  for (const pcr of [...new Set(extended.map((event) => event.pcr))].sort((a, b) => a - b)) {
    const last = (await replayPcr(log, bank, pcr)).values.at(-1);
    if (last !== undefined) result.set(pcr, last);
  }
  return result;
}
