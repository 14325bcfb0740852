import type { CreateSealSlot } from '@asterism/api-client';
import { createSealSlotSchema } from '@asterism/contracts';

export type SlotRequest =
  { readonly ok: true; readonly request: CreateSealSlot } | { readonly ok: false; readonly reason: string };

interface SlotText {
  /** PCR numbers, with commas or spaces between; nothing: those of the configuration. */
  readonly pcrs: string;
  /** Lines `7=<hex>`: what PCRs will hold after an update. */
  readonly values: string;
  readonly comment: string;
}

/** What somebody typed, as the API takes it, or the first thing that is wrong with it. */
export function toSlotRequest({ pcrs, values, comment }: SlotText): SlotRequest {
  const numbers = pcrs.split(/[\s,]+/).filter((text) => text !== '');
  const lines = values
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const entries = lines.map((line) => line.split(/\s*=\s*/));
  if (entries.some((parts) => parts.length !== 2))
    return { ok: false, reason: 'values: one PCR=value a line' };
  if (new Set(entries.map(([pcr]) => pcr)).size < entries.length) {
    return { ok: false, reason: 'values: a PCR comes twice' };
  }
  const parsed = createSealSlotSchema.safeParse({
    comment: comment.trim(),
    ...(numbers.length === 0 ? {} : { pcrs: numbers.map(Number) }),
    ...(entries.length === 0
      ? {}
      : { values: Object.fromEntries(entries.map(([pcr = '', value = '']) => [pcr, value.toLowerCase()])) }),
  });
  if (parsed.success) return { ok: true, request: parsed.data as CreateSealSlot };
  const [issue] = parsed.error.issues;
  return { ok: false, reason: `${issue?.path.join('.') ?? 'slot'}: ${issue?.message ?? 'not valid'}` };
}
