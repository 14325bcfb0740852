import { z } from 'zod';
import { pcrsSchema } from './policy-values.ts';

/** What a pool accepts of a NitroTPM attestation document, whose PCRs are those of the SHA-384 bank. */
export const nitroTpmPolicySchema = z.strictObject({ pcrs: pcrsSchema }).meta({ id: 'NitroTpmPolicy' });
export type NitroTpmPolicy = z.infer<typeof nitroTpmPolicySchema>;
