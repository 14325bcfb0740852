import { equalBytes, toHex } from '@asterism/bytes';
import { TpmNotGenuineError } from '../errors.ts';
import { hashBytes, type PcrBank } from '../structures/algorithms.ts';
import { describeEvent } from './describe-event.ts';
import type { TpmEvent, TpmEventLog } from './event-log.ts';
import { EVENT_TYPE, eventTypeName } from './event-types.ts';
import { replayPcr, type PcrReplay } from './replay-event-log.ts';

/** Types whose digest is the hash of their data, Platform Firmware Profile §10.4.1. */
const HASHED_DATA: readonly number[] = [
  EVENT_TYPE.EV_SEPARATOR,
  EVENT_TYPE.EV_ACTION,
  EVENT_TYPE.EV_EFI_ACTION,
  EVENT_TYPE.EV_S_CRTM_VERSION,
];

/**
 * The first event that cannot have happened as logged: the one after the prefix that replays to the quoted value, else
 * the first whose digest is not that of its data, else the first of the PCR; null where the PCR has no events.
 */
async function firstDisagreement(
  { events, values }: PcrReplay,
  bank: PcrBank,
  quoted: Uint8Array,
): Promise<TpmEvent | null> {
  const prefix = values.findIndex((value) => equalBytes(value, quoted));
  if (prefix >= 0) return events[prefix] ?? null;
  for (const event of events) {
    const digest = event.digests.get(bank);
    if (!HASHED_DATA.includes(event.type) || digest === undefined) continue;
    if (!equalBytes(digest, await hashBytes(bank, event.data))) return event;
  }
  return events[0] ?? null;
}

function nameEvent(log: TpmEventLog, event: TpmEvent | null): string {
  if (event === null) return 'which the log has no events for';
  return `first at event ${log.events.indexOf(event)} (${eventTypeName(event.type)} ${describeEvent(event)})`;
}

/**
 * The log must replay to exactly the values given; a PCR among them without events must have its initial value. Pass
 * only PCRs that the log is meant to cover: one that software extends without logging (the lock, IMA) is not.
 * @throws TpmNotGenuineError `event-log-mismatch`, naming the PCR and the first event that disagrees.
 */
export async function verifyEventLog(
  log: TpmEventLog,
  bank: PcrBank,
  pcrValues: ReadonlyMap<number, Uint8Array>,
): Promise<void> {
  if (!log.banks.includes(bank)) {
    throw new TpmNotGenuineError('event-log-mismatch', 'event log has no digests of the bank', {
      got: log.banks,
      want: bank,
    });
  }
  for (const [pcr, quoted] of pcrValues) {
    const replay = await replayPcr(log, bank, pcr);
    const replayed = replay.values.at(-1) ?? new Uint8Array();
    if (equalBytes(replayed, quoted)) continue;
    const event = await firstDisagreement(replay, bank, quoted);
    throw new TpmNotGenuineError(
      'event-log-mismatch',
      `event log does not replay to the value of PCR ${pcr}, ${nameEvent(log, event)}`,
      { got: toHex(replayed), want: toHex(quoted) },
    );
  }
}
