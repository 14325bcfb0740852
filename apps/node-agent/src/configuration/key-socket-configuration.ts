import { memberKeyPurposeSchema } from '@asterism/contracts';
import { z } from 'zod';
import { absolutePathSchema } from './fields.ts';

/** `sun_path` of unix(7), without its closing zero. */
const LONGEST_SOCKET_PATH = 107;

const numberSchema = z.number().int().min(0).max(0xffff_fffe);

/** Who on this machine may ask for which keys. What no client is allowed is refused. */
const keyClientSchema = z
  .strictObject({
    user: z
      .string()
      .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'not the name of a user')
      .optional(),
    uid: numberSchema.optional(),
    gid: numberSchema.optional(),
    purposes: z.array(memberKeyPurposeSchema).min(1),
    /** What its keys' ids start with. */
    ids: z.union([z.literal('any'), z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)).min(1)]),
  })
  .refine(
    ({ user, uid, gid }) => [user, uid, gid].filter((one) => one !== undefined).length === 1,
    'one of user, uid and gid',
  );
export type KeyClient = z.infer<typeof keyClientSchema>;

export const keySocketSchema = z.strictObject({
  path: absolutePathSchema.refine(
    (path) => Buffer.byteLength(path) <= LONGEST_SOCKET_PATH,
    `over ${LONGEST_SOCKET_PATH} bytes`,
  ),
  /** How long a key may serve while the API is out of reach; 0: not at all. */
  cacheSeconds: z.number().int().min(0).max(3_600).default(300),
  clients: z.array(keyClientSchema).min(1).max(64),
});
export type KeySocketConfiguration = z.infer<typeof keySocketSchema>;
