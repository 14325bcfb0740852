import { z } from 'zod';

export const liveSchema = z.strictObject({ status: z.literal('live') }).meta({ id: 'Live' });
export const readySchema = z
  .strictObject({
    status: z
      .enum(['ready', 'sealed', 'not-ready'])
      .meta({ description: 'sealed: it serves what needs no key, and takes recovery shares' }),
    checks: z.record(z.string(), z.enum(['ok', 'failing', 'sealed'])),
    version: z.string(),
  })
  .meta({ id: 'Ready' });
export const jwksSchema = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        x: z.string(),
        y: z.string(),
        kid: z.string(),
        use: z.literal('sig'),
        alg: z.literal('ES256'),
      }),
    ),
  })
  .meta({ id: 'Jwks' });
