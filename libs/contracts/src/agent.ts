import { z } from 'zod';
import { appraisalResultSchema } from './appraisal.ts';
import { poolRoleSchema } from './clusters.ts';
import { evidenceSchema } from './evidence.ts';
import { activationSchema, enrolmentKindSchema, nodeStateSchema, waitReasonSchema } from './nodes.ts';
import {
  bytesSchema,
  idSchema,
  nameSchema,
  nonceSchema,
  sha256Schema,
  timestampSchema,
} from './primitives.ts';
import { keyIdSchema, memberKeyPurposeSchema } from './keys.ts';
import { stateDiskIdSchema, stateDiskKdfSchema, stateDiskReportSchema } from './state-disks.ts';
import { QUOTED_VARIANTS, VARIANTS, WHOLE_VARIANTS } from './variant.ts';

/** What a verifier wants to see quoted: exactly this bank and these PCRs, where the variant has a quote to select for. */
export const evidenceRequestSchema = z
  .discriminatedUnion('variant', [
    z.strictObject({
      variant: z.enum(QUOTED_VARIANTS),
      bank: z.enum(['sha256', 'sha384']),
      pcrs: z.array(z.number().int().min(0).max(23)).min(1).max(24),
    }),
    z.strictObject({ variant: z.enum(WHOLE_VARIANTS) }),
  ])
  .meta({ id: 'EvidenceRequest' });
export type EvidenceRequest = z.infer<typeof evidenceRequestSchema>;
export type QuoteRequest = Extract<EvidenceRequest, { bank: string }>;

const target = { cluster: nameSchema, pool: nameSchema };

/** Who the node says it is, before it has proved anything: public keys and digests only. */
export const agentIdentitySchema = z
  .discriminatedUnion('variant', [
    z.strictObject({
      variant: z.literal('tpm'),
      ...target,
      ekPublic: bytesSchema(1024).meta({ description: 'TPMT_PUBLIC' }),
      akPublic: bytesSchema(1024).meta({ description: 'TPMT_PUBLIC' }),
    }),
    z.strictObject({
      variant: z.enum(VARIANTS).exclude(['tpm']),
      ...target,
      identity: sha256Schema.meta({ description: 'machine identity; the evidence must prove the same' }),
    }),
  ])
  .meta({ id: 'AgentIdentity' });
export type AgentIdentity = z.infer<typeof agentIdentitySchema>;
export type TpmIdentity = Extract<AgentIdentity, { variant: 'tpm' }>;

export const challengeRequestSchema = z
  .strictObject({
    nonce: nonceSchema.meta({ description: 'bound into the server’s evidence' }),
    identity: agentIdentitySchema,
    evidenceRequest: evidenceRequestSchema
      .optional()
      .meta({ description: 'what the node compares of the API; absent where it pins the API’s key' }),
  })
  .meta({ id: 'ChallengeRequest' });
export type ChallengeRequest = z.infer<typeof challengeRequestSchema>;

/**
 * Proof of the API's long-term identity key, for nodes that pin it instead of appraising evidence. The signature is over
 * `frame("asterism/api-identity/v1", binding)` with the binding of role `server`, so it fits one connection only.
 */
export const identityProofSchema = z
  .strictObject({
    publicKey: bytesSchema(256).meta({ description: 'SubjectPublicKeyInfo, ECDSA P-256, DER' }),
    signature: bytesSchema(64).meta({ description: 'r ‖ s, 32 bytes each' }),
  })
  .meta({ id: 'IdentityProof' });
export type IdentityProof = z.infer<typeof identityProofSchema>;

export const challengeSchema = z
  .strictObject({
    nonce: nonceSchema.meta({
      description: 'to be bound into the node’s evidence; lives 60 s, works once, on this socket',
    }),
    expiresAt: timestampSchema,
    evidenceRequest: evidenceRequestSchema,
    evidence: evidenceSchema.optional().meta({ description: 'the server’s, bound with role `server`' }),
    claims: z
      .record(z.string(), z.unknown())
      .meta({ description: 'what the server states about itself; hashed into its binding' }),
    identityProof: identityProofSchema.optional(),
    activation: activationSchema
      .optional()
      .meta({ description: 'present while the AK is not yet known to belong to the EK' }),
  })
  .meta({ id: 'Challenge' });
export type Challenge = z.infer<typeof challengeSchema>;

const purposeClaims = {
  cluster: nameSchema,
  pool: nameSchema,
  agentVersion: z.string().max(64),
};

/**
 * What the node states about itself, hashed into the binding as canonical JSON. `purpose` keeps evidence for one step
 * from serving another.
 */
export const connectionClaimsSchema = z
  .strictObject({ purpose: z.literal('connection'), ...purposeClaims })
  .meta({ id: 'ConnectionClaims' });
export const enrolmentClaimsSchema = z
  .strictObject({
    purpose: z.literal('enrolment'),
    ...purposeClaims,
    stateDiskId: stateDiskIdSchema,
  })
  .meta({ id: 'EnrolmentClaims' });
export const lockClaimsSchema = z
  .strictObject({ purpose: z.literal('lock'), ...purposeClaims })
  .meta({ id: 'LockClaims' });
export const reattestationClaimsSchema = z
  .strictObject({ purpose: z.literal('reattestation'), ...purposeClaims })
  .meta({ id: 'ReattestationClaims' });

/** Fingerprints that make a verified node a reachable one, protocol §4. SHA-256 of the public key or certificate. */
export const verificationClaimsSchema = z
  .strictObject({
    purpose: z.literal('verification'),
    agentVersion: z.string().max(64),
    tlsPublicKey: sha256Schema.meta({ description: 'SHA-256 of the SPKI of the node’s attested connection' }),
    sshHostKeys: z.array(z.string().max(100)).max(8).meta({ description: 'OpenSSH fingerprints (SHA256:…)' }),
    kubeletCertificate: sha256Schema.nullable(),
    apiServerCertificate: sha256Schema.nullable(),
  })
  .meta({ id: 'VerificationClaims' });
export type VerificationClaims = z.infer<typeof verificationClaimsSchema>;

export const attestationRequestSchema = z
  .strictObject({
    nonce: nonceSchema,
    evidence: evidenceSchema,
    claims: connectionClaimsSchema,
    activationSecret: bytesSchema(64).optional(),
  })
  .meta({ id: 'AttestationRequest' });
export type AttestationRequest = z.infer<typeof attestationRequestSchema>;

export const attestationSchema = z
  .strictObject({
    appraisal: appraisalResultSchema,
    validUntil: timestampSchema,
    locked: z
      .boolean()
      .meta({ description: 'the lock is shown or recorded: no boot secrets until the machine reboots' }),
    node: z.strictObject({ id: idSchema, name: nameSchema, state: nodeStateSchema }).nullable(),
  })
  .meta({ id: 'Attestation' });
export type Attestation = z.infer<typeof attestationSchema>;

/** A fresh nonce on an attested socket, for evidence made for the next request. */
export const freshNonceSchema = z
  .strictObject({ nonce: nonceSchema, expiresAt: timestampSchema, evidenceRequest: evidenceRequestSchema })
  .meta({ id: 'FreshNonce' });
export type FreshNonce = z.infer<typeof freshNonceSchema>;

export const enrolmentRequestSchema = z
  .strictObject({ nonce: nonceSchema, evidence: evidenceSchema, claims: enrolmentClaimsSchema })
  .meta({ id: 'EnrolmentRequest' });
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>;

/** Protocol §6. Secrets are base64url; this document is never stored or logged as a whole. */
export const ticketSchema = z
  .strictObject({
    kind: enrolmentKindSchema,
    node: z.strictObject({ id: idSchema, name: nameSchema, role: poolRoleSchema, pool: nameSchema }),
    cluster: z.strictObject({
      id: idSchema,
      name: nameSchema,
      clusterId: sha256Schema,
      scheme: z
        .enum(['asterism', 'constellation'])
        .meta({ description: 'how `clusterId` follows from the secret' }),
      measurementSalt: bytesSchema(32),
      measurementSecret: bytesSchema(32),
    }),
    stateDisk: z.strictObject({
      id: z.string(),
      key: bytesSchema(32),
      version: z.number().int(),
      scheme: z.enum(['asterism', 'constellation']),
      kdf: stateDiskKdfSchema,
      epoch: z
        .number()
        .int()
        .min(0)
        .meta({ description: 'opens that were reported; a header that shows less is an older copy' }),
      acceptedEpoch: z
        .number()
        .int()
        .nullable()
        .meta({ description: 'an operator takes a header that shows this, though it is older' }),
      next: z
        .strictObject({ key: bytesSchema(32), version: z.number().int() })
        .nullable()
        .meta({ description: 'a rotation is wanted: add this key, report, then remove the other' }),
      format: z.boolean().meta({
        description: 'by the server’s record: true only until the node has reported this disk open',
      }),
    }),
    policy: z.strictObject({ version: z.number().int(), reattestationInterval: z.number().int() }),
    expiresAt: timestampSchema,
  })
  .meta({ id: 'Ticket' });
export type Ticket = z.infer<typeof ticketSchema>;

export const enrolmentResponseSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('grant'), enrolmentId: idSchema, ticket: ticketSchema }),
    z.strictObject({
      kind: z.literal('wait'),
      enrolmentId: idSchema,
      reason: waitReasonSchema,
      retryAfter: z.number().int().meta({ description: 'seconds' }),
    }),
  ])
  .meta({ id: 'EnrolmentResponse' });
export type EnrolmentResponse = z.infer<typeof enrolmentResponseSchema>;

export const lockRequestSchema = z
  .strictObject({ nonce: nonceSchema, evidence: evidenceSchema, claims: lockClaimsSchema })
  .meta({ id: 'LockRequest' });
export const selfSchema = z
  .strictObject({
    id: idSchema,
    name: nameSchema,
    state: nodeStateSchema,
    policyVersion: z.number().int(),
    reattestationInterval: z.number().int(),
  })
  .meta({ id: 'Self' });
export type Self = z.infer<typeof selfSchema>;

export const progressRequestSchema = z
  .discriminatedUnion('state', [
    z.strictObject({ state: z.literal('disk-open'), stateDisk: stateDiskReportSchema }),
    z.strictObject({ state: z.literal('member') }),
  ])
  .meta({ id: 'ProgressRequest' });

export type ProgressRequest = z.infer<typeof progressRequestSchema>;

/** A key of a volume or an object store, for a member that owns it. */
export const memberKeySchema = z
  .strictObject({
    purpose: memberKeyPurposeSchema,
    id: keyIdSchema,
    version: z.number().int(),
    key: bytesSchema(32),
    current: z
      .boolean()
      .meta({ description: 'false: retired; decrypt with it, encrypt with the current one' }),
  })
  .meta({ id: 'MemberKey' });
export type MemberKey = z.infer<typeof memberKeySchema>;

/** Events of the node's stream (`GET /agent/v1/stream`, server-sent). */
export const agentEventSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('ready') }),
    z.strictObject({
      type: z.literal('reattest'),
      requestId: idSchema,
      nonce: nonceSchema,
      evidenceRequest: evidenceRequestSchema,
    }),
    z.strictObject({
      type: z.literal('verify'),
      requestId: idSchema,
      nonce: nonceSchema,
      evidenceRequest: evidenceRequestSchema,
      activation: activationSchema.optional(),
    }),
    z.strictObject({ type: z.literal('state'), state: nodeStateSchema, reason: z.string().nullable() }),
    z
      .strictObject({ type: z.literal('access'), revision: z.number().int() })
      .meta({ description: 'SSH access has changed: read it again' }),
  ])
  .meta({ id: 'AgentEvent' });
export type AgentEvent = z.infer<typeof agentEventSchema>;

/** Answer to a `reattest` or `verify` event. */
export const evidenceAnswerSchema = z
  .discriminatedUnion('purpose', [
    z.strictObject({
      purpose: z.literal('reattestation'),
      evidence: evidenceSchema,
      claims: reattestationClaimsSchema,
    }),
    z.strictObject({
      purpose: z.literal('verification'),
      evidence: evidenceSchema,
      claims: verificationClaimsSchema,
      activationSecret: bytesSchema(64).optional(),
    }),
  ])
  .meta({ id: 'EvidenceAnswer' });
export type EvidenceAnswer = z.infer<typeof evidenceAnswerSchema>;
