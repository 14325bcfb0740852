import { nameSchema, policyDocumentSchema, sha256Schema } from '@asterism/contracts';
import { z } from 'zod';

/** How the agent knows its API, protocol §1.5: there is no third kind and no default. */
const expectationSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('evidence'), policy: policyDocumentSchema }),
    z.strictObject({ kind: z.literal('pinned-key'), spkiSha256: sha256Schema }),
  ])
  .refine(
    (expectation) =>
      expectation.kind !== 'evidence' ||
      expectation.policy.variant !== 'tpm' ||
      expectation.policy.tpm.attestationKey.trust !== 'endorsement-key',
    {
      path: ['policy', 'tpm', 'attestationKey', 'trust'],
      message: 'must be pinned or certificate: the API is asked for nothing that it would have to activate',
    },
  );

/** The same bytes on every node of a pool, so that they can be measured. */
export const sharedConfigurationSchema = z.strictObject({
  schema: z.literal('asterism/agent-shared/v1'),
  cluster: nameSchema,
  pool: nameSchema,
  api: z.strictObject({
    url: z.url({ protocol: /^https$/, error: 'not an https address' }),
    expectation: expectationSchema,
  }),
  stream: z
    .strictObject({ keepaliveSeconds: z.number().int().min(1).max(300) })
    .default({ keepaliveSeconds: 15 }),
});
export type SharedConfiguration = z.infer<typeof sharedConfigurationSchema>;
