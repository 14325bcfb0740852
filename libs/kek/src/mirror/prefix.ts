import { z } from 'zod';

/** Folder inside of the bucket, with a slash at its end; the bucket itself where it is not given. */
export const prefixField = z
  .string()
  .regex(/^(?:[A-Za-z0-9._-]+\/)*$/, 'is no folder (a/b/)')
  .default('');
