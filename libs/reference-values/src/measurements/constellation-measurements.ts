import type { Variant } from '@asterism/contracts';
import { z } from 'zod';
import type { MeasuredRegister, MeasurementFile, MeasurementSet } from './measurement-set.ts';

/** Names of Constellation (`internal/attestation/variant`) and ours. */
const VARIANTS: Readonly<Record<string, Variant>> = {
  'aws-sev-snp': 'aws-sev-snp',
  'aws-nitro-tpm': 'aws-nitro-tpm',
  'azure-sev-snp': 'azure-sev-snp',
  'azure-tdx': 'azure-tdx',
  'azure-trustedlaunch': 'azure-trusted-launch',
  'gcp-sev-es': 'gcp-sev-es',
  'gcp-sev-snp': 'gcp-sev-snp',
  'qemu-vtpm': 'tpm',
  'qemu-tdx': 'tdx',
};

/** Index 0 of `qemu-tdx` is MRTD, the RTMRs follow (`internal/attestation/measurements`). */
const TDX_REGISTERS = ['tdx.mrTd', 'tdx.rtmr0', 'tdx.rtmr1', 'tdx.rtmr2', 'tdx.rtmr3'];

const entrySchema = z.object({
  csp: z.string().min(1).max(100),
  attestationVariant: z.string(),
  measurements: z.record(
    z.string().regex(/^\d{1,2}$/, 'a register'),
    z.object({
      expected: z.string().regex(/^(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{96})$/, '32 or 48 bytes, hexadecimal'),
      warnOnly: z.boolean(),
    }),
  ),
});
const image = { version: z.string().min(1).max(100), ref: z.string().max(100) };
/** A release holds all of its entries in a list; a file of one entry has them beside the version. */
const fileSchema = z.union([
  z.object({ ...image, list: z.array(entrySchema).min(1).max(64) }),
  z
    .object({ ...image, ...entrySchema.shape })
    .transform(({ version, ref, ...entry }) => ({ version, ref, list: [entry] })),
]);

/** Constellation's `measurements.json`. @throws ZodError */
export function readConstellationMeasurements(json: unknown): MeasurementFile {
  const { version, ref, list } = fileSchema.parse(json);
  return {
    image: `constellation ${version}${ref === '' || ref === '-' ? '' : ` (${ref})`}`,
    sets: list.flatMap((entry) => toSet(entry) ?? []),
  };
}

function toSet({
  csp,
  attestationVariant,
  measurements,
}: z.infer<typeof entrySchema>): MeasurementSet | null {
  const variant = VARIANTS[attestationVariant];
  if (variant === undefined) return null;
  const registers = Object.entries(measurements).map(([index, { expected, warnOnly }]): MeasuredRegister => ({
    register: registerOf(variant, Number(index)),
    digests: [expected.toLowerCase()],
    warnOnly,
  }));
  const quoted = variant !== 'tdx' && variant !== 'aws-nitro-tpm';
  return { name: csp, variants: [variant], bank: quoted ? 'sha256' : null, registers };
}

function registerOf(variant: Variant, index: number): string {
  if (variant === 'tdx') return TDX_REGISTERS[index] ?? `tdx.${index}`;
  // Constellation quotes its NitroTPM in the SHA-256 bank; the document that a policy compares holds SHA-384.
  return variant === 'aws-nitro-tpm' ? `nitroTpm.pcrs.${index}` : `tpm.pcrs.${index}`;
}
