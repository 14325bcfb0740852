import { z } from 'zod';
import { appraisalResultSchema, outcomeSchema } from './appraisal.ts';
import { poolRoleSchema } from './clusters.ts';
import { collateralBundleSchema } from './collateral.ts';
import { evidenceSchema } from './evidence.ts';
import {
  bytesSchema,
  idSchema,
  nameSchema,
  nonceSchema,
  sha256Schema,
  timestampSchema,
} from './primitives.ts';
import { variantSchema } from './variant.ts';

/** The states of architecture.md's drawing that the server keeps; `lost` (no answer) is not `quarantined` (a wrong one). */
export const NODE_STATES = [
  'attesting',
  'locked',
  'disk-open',
  'member',
  'lost',
  'quarantined',
  'revoked',
] as const;
export const nodeStateSchema = z.enum(NODE_STATES).meta({ id: 'NodeState' });
export type NodeState = z.infer<typeof nodeStateSchema>;

/** The drawn arrows (S35): from → to. Anything else is refused by the database. */
export const NODE_TRANSITIONS: Readonly<Record<NodeState, readonly NodeState[]>> = {
  attesting: ['locked', 'lost', 'quarantined', 'revoked'],
  locked: ['disk-open', 'attesting', 'lost', 'quarantined', 'revoked'],
  'disk-open': ['member', 'attesting', 'lost', 'quarantined', 'revoked'],
  member: ['attesting', 'lost', 'quarantined', 'revoked'],
  lost: ['attesting', 'locked', 'disk-open', 'member', 'quarantined', 'revoked'],
  quarantined: ['attesting', 'member', 'revoked'],
  revoked: [],
};

export const enrolmentKindSchema = z.enum(['initialise', 'join', 'rejoin']).meta({ id: 'EnrolmentKind' });
export type EnrolmentKind = z.infer<typeof enrolmentKindSchema>;

export const ENROLMENT_STATES = ['waiting', 'granted', 'completed', 'denied', 'refused'] as const;
export const enrolmentStateSchema = z.enum(ENROLMENT_STATES).meta({ id: 'EnrolmentState' });
export type EnrolmentState = z.infer<typeof enrolmentStateSchema>;

export const waitReasonSchema = z.enum(['approval', 'initialisation']).meta({ id: 'WaitReason' });
export type WaitReason = z.infer<typeof waitReasonSchema>;

/** SHA-256 of what the variant knows a machine by (docs/decisions/005). Unique over all clusters. */
export const identitySchema = sha256Schema.meta({
  id: 'MachineIdentity',
  description: 'SHA-256 of EK, attestation key, chip or platform id, as the variant has it',
});

export const enrolmentSchema = z
  .strictObject({
    id: idSchema,
    clusterId: idSchema,
    poolId: idSchema,
    poolName: nameSchema,
    identity: identitySchema,
    kind: enrolmentKindSchema.nullable(),
    state: enrolmentStateSchema,
    waitReason: waitReasonSchema.nullable(),
    nodeId: idSchema.nullable(),
    appraisal: appraisalResultSchema
      .nullable()
      .meta({ description: 'the appraisal this enrolment rests on, or was refused for' }),
    decidedBy: z.string().nullable(),
    decisionReason: z.string().nullable(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Enrolment' });
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** Approval is bound to the identity that was shown (S22): it must be sent back. */
export const approveEnrolmentSchema = z
  .strictObject({ identity: identitySchema, reason: z.string().max(500).default('') })
  .meta({ id: 'ApproveEnrolment' });
export const denyEnrolmentSchema = z
  .strictObject({ reason: z.string().min(1).max(500) })
  .meta({ id: 'DenyEnrolment' });

/** What the TLS connection of a node negotiated. */
export const connectionSchema = z
  .strictObject({
    since: timestampSchema,
    tlsVersion: z.string().meta({ examples: ['TLSv1.3'] }),
    cipher: z.string().meta({ examples: ['TLS_AES_256_GCM_SHA384'] }),
    keyExchange: z.string().meta({ examples: ['X25519MLKEM768'] }),
    remoteAddress: z.string(),
  })
  .meta({ id: 'NodeConnection' });

export const nodeSchema = z
  .strictObject({
    id: idSchema,
    clusterId: idSchema,
    poolId: idSchema,
    poolName: nameSchema,
    name: nameSchema,
    role: poolRoleSchema,
    variant: variantSchema,
    identity: identitySchema,
    state: nodeStateSchema,
    stateReason: z.string().nullable().meta({ description: 'why it is quarantined, lost or revoked' }),
    boots: z.number().int().meta({ description: 'boots that were granted boot secrets' }),
    agentVersion: z.string().nullable(),
    connection: connectionSchema.nullable().meta({ description: 'null while it is not connected' }),
    lastAppraisal: z
      .strictObject({
        id: idSchema,
        outcome: outcomeSchema,
        status: z.string(),
        appraisedAt: timestampSchema,
        policyVersion: z.number().int(),
      })
      .nullable(),
    nextAppraisalAt: timestampSchema.nullable(),
    stateDisk: z.strictObject({ id: z.string(), keyVersion: z.number().int() }).nullable(),
    revision: z.number().int(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Node' });
export type Node = z.infer<typeof nodeSchema>;

export const nodeReasonSchema = z
  .strictObject({ reason: z.string().min(1).max(500) })
  .meta({ id: 'NodeReason' });
export const revokeNodeSchema = z
  .strictObject({
    reason: z.string().min(1).max(500),
    confirm: nameSchema.meta({ description: 'the node’s name, typed again' }),
  })
  .meta({ id: 'RevokeNode' });

/** The latest evidence of a node as it came, and what it was bound to. */
export const storedEvidenceSchema = z
  .strictObject({
    nodeId: idSchema,
    evidence: evidenceSchema,
    claims: z.record(z.string(), z.unknown()),
    binding: sha256Schema.meta({ description: 'the 32 bytes that the evidence carries' }),
    receivedAt: timestampSchema,
    trigger: z.string(),
  })
  .meta({ id: 'StoredEvidence' });
export type StoredEvidence = z.infer<typeof storedEvidenceSchema>;

/** A TPM credential blob (TPM2_MakeCredential): proves that an AK lives in the TPM of an EK. */
export const activationSchema = z
  .strictObject({ credentialBlob: bytesSchema(512), secret: bytesSchema(1024) })
  .meta({
    id: 'Activation',
    description: 'TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET contents without their size prefix',
  });
export type Activation = z.infer<typeof activationSchema>;

/**
 * Asks a node for evidence over the caller's nonce. With `activation` the caller made a credential himself and checks
 * that the machine with that EK answers it, which the server cannot do for it.
 */
export const verificationRequestSchema = z
  .strictObject({ nonce: nonceSchema, activation: activationSchema.optional() })
  .meta({ id: 'VerificationRequest' });
export type VerificationRequest = z.infer<typeof verificationRequestSchema>;

export const verificationSchema = z
  .strictObject({
    nodeId: idSchema,
    nodeName: nameSchema,
    clusterId: sha256Schema.meta({
      description: 'the cluster’s measured identity, as bound into the evidence',
    }),
    nonce: nonceSchema,
    evidence: evidenceSchema,
    claims: z
      .record(z.string(), z.unknown())
      .meta({ description: 'hashed into the binding as canonical JSON (RFC 8785)' }),
    activationSecret: bytesSchema(64).nullable(),
    collateral: collateralBundleSchema.meta({
      description:
        'what vendors publish of this machine, so that you can verify the evidence without a way to them: as untrusted as ' +
        'the evidence, and proved with it',
    }),
    policyVersion: z.number().int(),
    appraisal: appraisalResultSchema.meta({ description: 'the server’s verdict' }),
    result: z.string().meta({
      description: 'the same verdict as EAT Attestation Result: JWT, ES256, key in /.well-known/jwks.json',
    }),
  })
  .meta({ id: 'Verification' });
export type Verification = z.infer<typeof verificationSchema>;
