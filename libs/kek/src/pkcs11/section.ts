import { z } from 'zod';
import { fileField } from '../configuration/fields.ts';

/** An AES key on a token that a PKCS#11 module reaches. The key never leaves the token. */
export const pkcs11Section = z.strictObject({
  kind: z.literal('pkcs11'),
  /** The vendor's library. */
  module: fileField,
  /** Label of the token. */
  token: z.string().min(1).max(32),
  /** Label of the key. Where several have it, the one with the greatest CKA_ID wraps, and each opens what it wrapped. */
  key: z.string().min(1).max(128),
  /** File with the PIN of the token's user. */
  pinFile: fileField,
});
export type Pkcs11Section = z.infer<typeof pkcs11Section>;
