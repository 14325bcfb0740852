import type { Variant } from '@asterism/contracts';
import { z } from 'zod';
import { SignedFileInputError, SignerError } from '../errors.ts';
import { MEASUREMENTS_SCHEMA, readAsterismMeasurements } from './asterism-measurements.ts';
import { readConstellationMeasurements } from './constellation-measurements.ts';
import type { MeasurementFile, MeasurementSet } from './measurement-set.ts';

/** @throws SignedFileInputError `measurements-malformed`, naming the field */
export function parseMeasurements(file: Uint8Array): MeasurementFile {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file));
    const own = (json as { schema?: unknown } | null)?.schema === MEASUREMENTS_SCHEMA;
    return own ? readAsterismMeasurements(json) : readConstellationMeasurements(json);
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? reasonOf(cause) : (cause as Error).message;
    throw new SignedFileInputError('measurements-malformed', `not a measurement file: ${reason}`, { cause });
  }
}

function reasonOf({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') || 'file'}: ${issue?.message ?? 'not valid'}`;
}

/**
 * The set of a file that a policy of this variant can use.
 * @throws SignerError `variant-mismatch`; SignedFileInputError `measurements-ambiguous` where several fit and none is named
 */
export function selectSet({ sets }: MeasurementFile, variant: Variant, name: string | null): MeasurementSet {
  const ofVariant = sets.filter((set) => set.variants.includes(variant));
  const fitting =
    name === null ? ofVariant : ofVariant.filter((set) => set.name?.toLowerCase() === name.toLowerCase());
  const [set, ...others] = fitting;
  if (set === undefined) {
    const known = sets.map((other) => `${other.variants.join(', ')}${other.name ? ` (${other.name})` : ''}`);
    throw new SignerError(
      'variant-mismatch',
      `the file has no measurements of ${variant}${name === null ? '' : ` named ${name}`}, but of ${known.join('; ')}`,
      { got: known, want: variant },
    );
  }
  if (others.length > 0) {
    throw new SignedFileInputError(
      'measurements-ambiguous',
      `several sets are of ${variant}: name one of ${fitting.map((one) => one.name ?? 'no name').join(', ')}`,
    );
  }
  return set;
}
