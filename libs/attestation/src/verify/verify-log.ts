import { toHex } from '@asterism/bytes';
import { describeEvent, eventTypeName, verifyEventLog, type PcrBank, type TpmEventLog } from '@asterism/tpm';
import type { LoggedEvent } from '../stages.ts';
import { asEvidenceError } from './as-evidence-error.ts';

/** The log leads to exactly these values. @throws EvidenceNotGenuineError `event-log-mismatch` */
export function verifyLog(
  log: TpmEventLog,
  bank: PcrBank,
  values: ReadonlyMap<number, Uint8Array>,
): Promise<void> {
  return asEvidenceError('event-log-mismatch', () => verifyEventLog(log, bank, values));
}

/** What a verified log says of these registers, in words. */
export function describeLog(
  log: TpmEventLog,
  bank: PcrBank,
  registers: readonly number[],
): readonly LoggedEvent[] {
  return log.events
    .filter((event) => registers.includes(event.pcr))
    .map((event) => ({
      pcr: event.pcr,
      type: eventTypeName(event.type),
      digest: toHex(event.digests.get(bank) ?? new Uint8Array()),
      description: describeEvent(event),
    }));
}
