import { z } from 'zod';
import { bytesSchema } from './primitives.ts';
import type { VARIANTS } from './variant.ts';
import { type Variant } from './variant.ts';

/**
 * Parts of each variant and the bound of each in bytes. Binary parts are base64url; nothing else may be in `parts`.
 * `[name, bound, optional?]`; a part that may come several times is a list.
 */
const KIB = 1024;
const quoteParts = {
  quote: bytesSchema(2 * KIB),
  signature: bytesSchema(2 * KIB),
  akPublic: bytesSchema(2 * KIB),
  pcrs: z
    .record(z.string().regex(/^(?:\d|1\d|2[0-3])$/), bytesSchema(64))
    .meta({ description: 'PCR index → value, of the quoted bank only' }),
};
const certificates = z.array(bytesSchema(8 * KIB)).max(8);
const eventLog = bytesSchema(512 * KIB);

const partsOf = {
  tpm: z.strictObject({
    ...quoteParts,
    eventLog: eventLog.optional(),
    ekCertificates: certificates
      .optional()
      .meta({ description: 'EK certificate first, then its issuers, DER' }),
    akCertificates: certificates
      .optional()
      .meta({ description: 'AK certificate first, then its issuers, DER' }),
  }),
  'sev-snp': z.strictObject({ report: bytesSchema(4 * KIB), certificates: certificates.optional() }),
  tdx: z.strictObject({
    quote: bytesSchema(16 * KIB),
    collateral: bytesSchema(256 * KIB).optional(),
    eventLog: eventLog.optional(),
  }),
  'azure-sev-snp': z.strictObject({
    ...quoteParts,
    hclReport: bytesSchema(8 * KIB),
    certificates: certificates.optional(),
    eventLog: eventLog.optional(),
  }),
  'azure-tdx': z.strictObject({
    ...quoteParts,
    hclReport: bytesSchema(8 * KIB),
    tdQuote: bytesSchema(16 * KIB),
    eventLog: eventLog.optional(),
  }),
  'azure-trusted-launch': z.strictObject({
    ...quoteParts,
    akCertificates: certificates,
    eventLog: eventLog.optional(),
  }),
  'gcp-sev-snp': z.strictObject({
    ...quoteParts,
    report: bytesSchema(4 * KIB),
    certificates: certificates.optional(),
    akCertificates: certificates,
    eventLog: eventLog.optional(),
  }),
  'gcp-sev-es': z.strictObject({
    ...quoteParts,
    akCertificates: certificates,
    eventLog: eventLog.optional(),
  }),
  'aws-sev-snp': z.strictObject({
    ...quoteParts,
    report: bytesSchema(4 * KIB),
    certificates: certificates.optional(),
    eventLog: eventLog.optional(),
  }),
  'aws-nitro-tpm': z.strictObject({ document: bytesSchema(16 * KIB) }),
} satisfies Record<Variant, z.ZodType>;

function envelope<V extends Variant>(variant: V) {
  return z.strictObject({
    variant: z.literal(variant),
    format: z.literal('asterism/evidence/v1'),
    parts: partsOf[variant],
  });
}

export const tpmEvidenceSchema = envelope('tpm').meta({ id: 'TpmEvidence' });
export type TpmEvidence = z.infer<typeof tpmEvidenceSchema>;

/** Evidence in the shape of a RATS conceptual message wrapper, protocol §2. */
export const evidenceSchema = z
  .discriminatedUnion('variant', [
    tpmEvidenceSchema,
    envelope('sev-snp'),
    envelope('tdx'),
    envelope('azure-sev-snp'),
    envelope('azure-tdx'),
    envelope('azure-trusted-launch'),
    envelope('gcp-sev-snp'),
    envelope('gcp-sev-es'),
    envelope('aws-sev-snp'),
    envelope('aws-nitro-tpm'),
  ])
  .meta({ id: 'Evidence', description: 'evidence in the shape of a RATS conceptual message wrapper' });
export type Evidence = z.infer<typeof evidenceSchema>;
export type EvidenceOf<V extends Variant> = Extract<Evidence, { variant: V }>;

type Missing = Exclude<(typeof VARIANTS)[number], Evidence['variant']>;
/** Compile-time proof that the union covers every variant. */
export const EVIDENCE_IS_COMPLETE: Missing extends never ? true : never = true;
