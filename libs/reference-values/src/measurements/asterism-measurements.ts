import { variantSchema } from '@asterism/contracts';
import { z } from 'zod';
import type { MeasuredRegister, MeasurementFile, MeasurementSet } from './measurement-set.ts';

const digests = (bytes: number) =>
  z
    .array(z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `${bytes} bytes, lower-case hexadecimal`))
    .min(1)
    .max(32);
const pcrs = (bytes: number) => z.record(z.string().regex(/^(?:\d|1\d|2[0-3])$/, 'a PCR'), digests(bytes));

const LONG = digests(48).optional();
const tpm = z.discriminatedUnion('bank', [
  z.strictObject({ bank: z.literal('sha256'), pcrs: pcrs(32) }),
  z.strictObject({ bank: z.literal('sha384'), pcrs: pcrs(48) }),
]);
const setSchema = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  variants: z.array(variantSchema).min(1),
  tpm: tpm.optional(),
  nitroTpm: z.strictObject({ pcrs: pcrs(48) }).optional(),
  snp: z
    .strictObject({
      measurement: LONG,
      hostData: digests(32).optional(),
      idKeyDigest: LONG,
      authorKeyDigest: LONG,
    })
    .optional(),
  tdx: z
    .strictObject({
      mrTd: LONG,
      rtmr0: LONG,
      rtmr1: LONG,
      rtmr2: LONG,
      rtmr3: LONG,
      module: z.strictObject({ mrSeam: LONG }).optional(),
      mrConfigId: LONG,
      mrOwner: LONG,
      mrOwnerConfig: LONG,
    })
    .optional(),
});

export const MEASUREMENTS_SCHEMA = 'asterism/measurements/v1';

/** `asterism/measurements/v1`: fields are where a policy has them, and each holds the values of one image. */
const fileSchema = z.strictObject({
  schema: z.literal(MEASUREMENTS_SCHEMA),
  image: z.string().min(1).max(200),
  measurements: z.array(setSchema).min(1).max(64),
});

/** @throws ZodError */
export function readAsterismMeasurements(json: unknown): MeasurementFile {
  const { image, measurements } = fileSchema.parse(json);
  return { image, sets: measurements.map(toSet) };
}

function toSet({ name, variants, ...sections }: z.infer<typeof setSchema>): MeasurementSet {
  const { tpm: quoted, ...rest } = sections;
  return {
    name: name ?? null,
    variants,
    bank: quoted?.bank ?? null,
    registers: [...registersOf({ tpm: quoted && { pcrs: quoted.pcrs } }), ...registersOf(rest)],
  };
}

type Section = { readonly [field: string]: readonly string[] | Section | undefined };

function registersOf(section: Section, path: readonly string[] = []): readonly MeasuredRegister[] {
  return Object.entries(section).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const at = [...path, field];
    return isDigests(value)
      ? [{ register: at.join('.'), digests: value, warnOnly: false }]
      : registersOf(value, at);
  });
}

const isDigests = (value: readonly string[] | Section): value is readonly string[] => Array.isArray(value);
