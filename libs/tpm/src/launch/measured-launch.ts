import { utf8, type Bytes } from '@asterism/bytes';
import { encodeEventLog } from '../event-log/encode-event-log.ts';
import type { TpmEvent } from '../event-log/event-log.ts';
import { EVENT_TYPE } from '../event-log/event-types.ts';
import { extendPcr } from '../event-log/replay-event-log.ts';
import { hashBytes, hashLength, type PcrBank } from '../structures/algorithms.ts';

/** Something that is measured before it runs. */
export interface LaunchItem {
  readonly pcr: number;
  /** See `EVENT_TYPE`. */
  readonly eventType: number;
  /** Event data: what people read in the log. */
  readonly description: string | Uint8Array;
  /** The bytes that are hashed. */
  readonly digestOf: Uint8Array;
}

export interface MeasuredLaunch {
  readonly bank: PcrBank;
  /** In the order of extension. */
  readonly events: readonly TpmEvent[];
  /** Crypto-agile TCG log of the events. */
  readonly eventLog: Bytes;
  /** Values after the events, from PCRs that start at zero; only PCRs that are extended. */
  readonly expectedPcrs: ReadonlyMap<number, Bytes>;
}

/** Computes what a launcher extends and what the PCRs then are, without a TPM. */
export async function measureLaunch(items: readonly LaunchItem[], bank: PcrBank): Promise<MeasuredLaunch> {
  const events: TpmEvent[] = [];
  const expectedPcrs = new Map<number, Bytes>();
  for (const { pcr, eventType, description, digestOf } of items) {
    const digest = await hashBytes(bank, digestOf);
    const data = typeof description === 'string' ? utf8(description) : new Uint8Array(description);
    events.push({ pcr, type: eventType, digests: new Map([[bank, digest]]), data });
    const before = expectedPcrs.get(pcr) ?? new Uint8Array(hashLength(bank));
    expectedPcrs.set(pcr, await extendPcr(bank, before, digest));
  }
  return { bank, events, eventLog: encodeEventLog([bank], events), expectedPcrs };
}

export interface LaunchInputs {
  /** The agent as it is run, one file. */
  readonly agentBundle: Uint8Array;
  /** The configuration that all nodes of a pool share. */
  readonly sharedConfiguration: Uint8Array;
  /** As /proc/version says it. */
  readonly kernelVersion: string;
  /** As /proc/cmdline says it. */
  readonly kernelCommandLine: string;
}

/** EV_SEPARATOR's data in a boot without error, Platform Firmware Profile §10.4.1. */
const SEPARATOR = new Uint8Array(4);

/**
 * The launch of a node in `asterism up`: separator into PCR 7 (so that what is sealed to it needs a launched machine),
 * agent bundle into 4, kernel command line into 8, kernel version into 9, shared configuration into 11.
 * Texts are hashed as UTF-8 without the trailing newline of /proc.
 */
export function planMeasuredLaunch(inputs: LaunchInputs, bank: PcrBank = 'sha256'): Promise<MeasuredLaunch> {
  const version = inputs.kernelVersion.trimEnd();
  const commandLine = inputs.kernelCommandLine.trimEnd();
  const text = (pcr: number, name: string, value: string): LaunchItem => ({
    pcr,
    eventType: EVENT_TYPE.EV_IPL,
    description: `${name}: ${value}`,
    digestOf: utf8(value),
  });
  const file = (pcr: number, name: string, contents: Uint8Array): LaunchItem => ({
    pcr,
    eventType: EVENT_TYPE.EV_IPL,
    description: `${name}: ${contents.length} bytes`,
    digestOf: contents,
  });
  return measureLaunch(
    [
      { pcr: 7, eventType: EVENT_TYPE.EV_SEPARATOR, description: SEPARATOR, digestOf: SEPARATOR },
      text(9, 'kernel version', version),
      text(8, 'kernel command line', commandLine),
      file(11, 'shared configuration', inputs.sharedConfiguration),
      file(4, 'agent bundle', inputs.agentBundle),
    ],
    bank,
  );
}
