import { CollectError } from '@asterism/attestation';
import {
  attestationBinding,
  proveIdentity,
  type AgentAttester,
  type AttestedConnection,
} from '@asterism/attested-tls';
import type { Json } from '@asterism/bytes';
import type { Challenge, EvidenceRequest } from '@asterism/contracts';
import { TpmFormatError } from '@asterism/tpm';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { ProblemError } from '../http/problem-error.ts';

export type ApiProof = Pick<Challenge, 'evidence' | 'identityProof' | 'claims'>;

/**
 * How nodes know this API (protocol §1.5): by evidence of its own TPM, by its long-term key, or by either, as each node
 * asks. `tpm` makes evidence of role `server`.
 */
export interface ApiIdentity {
  readonly tpm?: Pick<AgentAttester, 'collect'>;
  readonly key?: KeyObject;
  readonly version: string;
}

/**
 * Proves the API on this connection over the node's nonce, before the node says more (S07). Evidence where the node
 * names what it wants to see quoted, and the API has a TPM; the proof of the long-term key where it has one.
 * @throws ProblemError `request-invalid` for PCRs that this TPM does not have
 */
export async function proveApi(
  identity: ApiIdentity,
  connection: AttestedConnection,
  nonce: Uint8Array,
  request: EvidenceRequest | undefined,
): Promise<ApiProof> {
  const claims: Record<string, Json> = { service: 'asterism-api', version: identity.version };
  const binding = await attestationBinding('server', {
    exporter: connection.exporter,
    nonce,
    spki: connection.ownSpki,
    claims,
  });
  const evidence =
    request !== undefined && identity.tpm !== undefined
      ? await identity.tpm.collect({ request, binding }).catch((cause: unknown) => {
          throw toProblem(cause);
        })
      : undefined;
  const identityProof =
    identity.key === undefined
      ? undefined
      : proveIdentity(identity.key, createPublicKey(identity.key), binding);
  return {
    claims,
    ...(evidence === undefined ? {} : { evidence }),
    ...(identityProof === undefined ? {} : { identityProof }),
  };
}

function toProblem(cause: unknown): unknown {
  const unfit =
    (cause instanceof TpmFormatError && cause.code === 'unsupported') ||
    (cause instanceof CollectError && cause.code === 'request-unfit');
  if (!unfit) return cause;
  return new ProblemError('request-invalid', `this API cannot quote that: ${cause.message}`, { cause });
}
