import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as contracts from './index.ts';
import {
  ERROR_CODES,
  errorCodeSchema,
  evidenceSchema,
  problemSchema,
  toTitle,
  VARIANTS,
  bytesSchema,
} from './index.ts';

const schemas = Object.entries(contracts as Readonly<Record<string, unknown>>).filter(
  (entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType,
);

/** Every object inside a schema, with the way to it. */
function objectsIn(schema: z.ZodType, at: string, seen = new Set<unknown>()): [string, z.ZodObject][] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const inner = Object.entries(schema.def as unknown as Record<string, unknown>).flatMap(([key, value]) => {
    const members: [string, unknown][] =
      key === 'shape'
        ? Object.entries(value as object)
        : Array.isArray(value)
          ? value.map((item) => [key, item])
          : [[key, value]];
    return members.flatMap(([name, member]) =>
      member instanceof z.ZodType && key !== 'catchall' ? objectsIn(member, `${at}.${name}`, seen) : [],
    );
  });
  return schema instanceof z.ZodObject ? [[at, schema], ...inner] : inner;
}
const objects = schemas.flatMap(([name, schema]) => objectsIn(schema, name));

describe('every schema', () => {
  it('is found here', () => {
    expect(schemas.length).toBeGreaterThan(80);
    expect(objects.length).toBeGreaterThan(100);
  });

  it('S04 is strict: no object anywhere lets an unknown field pass', () => {
    const lax = objects.filter(([, schema]) => !(schema.def.catchall instanceof z.ZodNever));
    expect(lax.map(([name]) => name)).toEqual([]);
  });

  it.each(schemas)('%s has a JSON schema, as the documents need', (_name, schema) => {
    expect(() => z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' })).not.toThrow();
  });
});

describe('problems', () => {
  const problem = (code: string) => ({
    type: `https://asterism.dev/problems/${code}`,
    title: 'x',
    status: 400,
    detail: '',
    code,
    traceId: '',
  });

  it.each(Object.entries(ERROR_CODES))('%s is a code with one status and a title', (code, status) => {
    expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(toTitle(code as keyof typeof ERROR_CODES)).toMatch(/^[A-Z][a-z ]+$/);
    expect(problemSchema.safeParse(problem(code)).success).toBe(true);
  });

  it('know no other code, and no field that would say more than they may', () => {
    expect(errorCodeSchema.options).toEqual(Object.keys(ERROR_CODES));
    expect(problemSchema.safeParse(problem('it-depends')).success).toBe(false);
    for (const field of ['stack', 'cause', 'instance']) {
      expect(problemSchema.safeParse({ ...problem('internal'), [field]: 'x' }).success, field).toBe(false);
    }
  });
});

describe('evidence of every variant', () => {
  const quote = { quote: 'AA', signature: 'AA', akPublic: 'AA', pcrs: { '4': 'AA' } };
  /** Required parts of protocol §2; what else a variant may have is optional. */
  const REQUIRED: Readonly<Record<contracts.Variant, Readonly<Record<string, unknown>>>> = {
    tpm: quote,
    'sev-snp': { report: 'AA' },
    tdx: { quote: 'AA' },
    'azure-sev-snp': { ...quote, hclReport: 'AA' },
    'azure-tdx': { ...quote, hclReport: 'AA', tdQuote: 'AA' },
    'azure-trusted-launch': { ...quote, akCertificates: ['AA'] },
    'gcp-sev-snp': { ...quote, report: 'AA', akCertificates: ['AA'] },
    'gcp-sev-es': { ...quote, akCertificates: ['AA'] },
    'aws-sev-snp': { ...quote, report: 'AA' },
    'aws-nitro-tpm': { document: 'AA' },
  };
  const envelope = (variant: string, parts: unknown, format = 'asterism/evidence/v1') => ({
    variant,
    format,
    parts,
  });
  const isEvidence = (value: unknown) => evidenceSchema.safeParse(value).success;

  it.each(VARIANTS)('%s takes its parts, all of them and no others', (variant) => {
    const parts = REQUIRED[variant];
    expect(isEvidence(envelope(variant, parts))).toBe(true);
    expect(isEvidence(envelope(variant, parts, 'asterism/evidence/v2'))).toBe(false);
    expect(isEvidence({ ...envelope(variant, parts), more: 1 })).toBe(false);
    expect(isEvidence(envelope(variant, { ...parts, quote2: 'AA' }))).toBe(false);
    for (const name of Object.keys(parts)) {
      const rest = Object.fromEntries(Object.entries(parts).filter(([key]) => key !== name));
      expect(isEvidence(envelope(variant, rest)), `without ${name}`).toBe(false);
      for (const wrong of [null, undefined, 1, true, '!', 'AA=', 'A'.repeat(3_000_000)]) {
        expect(isEvidence(envelope(variant, { ...parts, [name]: wrong })), name).toBe(false);
      }
    }
  });

  it('bounds bytes at exactly their number', () => {
    for (const max of [1, 2, 3, 32, 64, 100, 2048]) {
      const text = (bytes: number) => Buffer.alloc(bytes, 0xff).toString('base64url');
      expect(bytesSchema(max).safeParse(text(max)).success, `${max}`).toBe(true);
      expect(bytesSchema(max).safeParse(text(max + 1)).success, `${max + 1}`).toBe(false);
    }
  });
});
