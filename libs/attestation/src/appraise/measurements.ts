import { toHex } from '@asterism/bytes';
import type { Measurement, ReferenceValue } from '@asterism/contracts';
import { accepted, differs, matches, warns, type ClaimReport } from './claim-report.ts';
import type { LoggedEvent } from '../stages.ts';

const MAX_EVENTS = 8;
const MAX_DESCRIPTION = 160;

export interface MeasurementContext {
  readonly now: Date;
  /** What a log says of it. */
  readonly event?: string | undefined;
  /** Starts the codes of findings. */
  readonly kind?: 'measurement' | 'pcr';
}

/** Compares one measured value with its reference values, each within its window of validity. */
export function compareMeasurement(
  claim: string,
  got: Uint8Array | undefined,
  measurement: Measurement,
  { now, event, kind = 'measurement' }: MeasurementContext,
): ClaimReport {
  const text = got === undefined ? null : toHex(got);
  if (text === null) {
    return differs(
      { claim, got: null, wanted: wantedOf(measurement, now) },
      { code: `${kind}-missing`, message: 'value was not quoted' },
    );
  }
  if (measurement.values === 'any') return accepted(claim, text);
  const compared = { claim, got: text, wanted: wantedOf(measurement, now) };
  const same = measurement.values.filter((value) => value.digest === text);
  const current = same.find((value) => windowOf(value, now) === 'current');
  if (current) return matches(compared, current.comment);
  const enforced = measurement.mode === 'enforce';
  const [outside] = same;
  const reason = outside
    ? {
        code: `reference-${windowOf(outside, now)}`,
        message: `the reference value "${outside.comment}" is ${describeWindow(outside, now)}`,
        event,
      }
    : {
        code: enforced ? `${kind}-mismatch` : `${kind}-warning`,
        message: enforced
          ? 'value is none of the accepted ones'
          : 'value is none of the expected ones; the policy only warns',
        event,
      };
  return enforced ? differs(compared, reason) : warns(compared, reason);
}

/** Readable summary of the events that made a PCR what it is; undefined where the log has none. */
export function describeEvents(
  events: readonly LoggedEvent[] | null,
  pcr: number,
  bank: string,
): string | undefined {
  const own = events?.filter((event) => event.pcr === pcr) ?? [];
  if (own.length === 0) return undefined;
  const shown = own
    .slice(0, MAX_EVENTS)
    .map(({ type, description, digest }) =>
      [type, description.slice(0, MAX_DESCRIPTION), `${bank}:${digest}`]
        .filter((part) => part !== '')
        .join(' '),
    );
  if (own.length > MAX_EVENTS) shown.push(`and ${own.length - MAX_EVENTS} more`);
  return shown.join('; ');
}

type Window = 'current' | 'expired' | 'not-yet-valid';

/** `from` is included, `until` is not. */
function windowOf({ from, until }: ReferenceValue, now: Date): Window {
  if (from !== undefined && now.getTime() < Date.parse(from)) return 'not-yet-valid';
  if (until !== undefined && now.getTime() >= Date.parse(until)) return 'expired';
  return 'current';
}

function describeWindow(value: ReferenceValue, now: Date): string {
  return windowOf(value, now) === 'expired' ? `accepted until ${value.until}` : `accepted from ${value.from}`;
}

/** Accepted values; those outside their window carry it, so that "no value is accepted now" can be read. */
function wantedOf({ values }: Measurement, now: Date): string[] {
  if (values === 'any') return [];
  return values.map((value) =>
    windowOf(value, now) === 'current' ? value.digest : `${value.digest} (${describeWindow(value, now)})`,
  );
}
