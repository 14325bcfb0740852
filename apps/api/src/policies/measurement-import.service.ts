import { CodedError, fromBase64url } from '@asterism/bytes';
import {
  policyDocumentSchema,
  type Cluster,
  type ImportedMeasurements,
  type ImportMeasurements,
} from '@asterism/contracts';
import {
  applyAdditions,
  parseMeasurements,
  planAdditions,
  selectSet,
  toProvenanceComment,
  verifyIdentitySignature,
  verifyKeySignature,
  type VerifiedSignature,
} from '@asterism/reference-values';
import { Injectable } from '@nestjs/common';
import { ProblemError } from '../http/problem-error.ts';
import { Platform } from '../platform/platform.ts';
import { findPool } from '../pools/pools.service.ts';
import { requireVariant } from './policies.service.ts';

/** Adds what a signed measurement file says to a policy document, for somebody to look at before he stores it. */
@Injectable()
export class MeasurementImportService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async import(cluster: Cluster, pool: string, request: ImportMeasurements): Promise<ImportedMeasurements> {
    const target = await findPool(this.#platform.database.queries, cluster, pool);
    requireVariant(target, request.document);
    try {
      return await addSigned(request);
    } catch (cause) {
      throw toProblem(cause);
    }
  }
}

async function addSigned(request: ImportMeasurements): Promise<ImportedMeasurements> {
  const { document, from, until } = request;
  const file = fromBase64url(request.measurements);
  const signature = await verify(file, request.signature);
  const measurements = parseMeasurements(file);
  const set = selectSet(measurements, document.variant, request.set ?? null);
  const { additions, leftOut } = planAdditions(document, set, {
    comment: await toProvenanceComment(measurements.image, file, signature),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  });
  return {
    document: requireValid(applyAdditions(document, additions)),
    signature: toAnswer(signature),
    added: additions.map(({ register, added }) => ({ register, values: [...added] })),
    leftOut: [...leftOut],
  };
}

function verify(file: Uint8Array, signature: ImportMeasurements['signature']): Promise<VerifiedSignature> {
  return signature.kind === 'identity'
    ? verifyIdentitySignature(file, signature)
    : verifyKeySignature(file, signature);
}

/** A list can become too long. */
function requireValid(document: unknown): ImportedMeasurements['document'] {
  const parsed = policyDocumentSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: ['document', ...path].join('.'),
    message,
  }));
  throw new ProblemError('policy-invalid', 'the policy would not be valid with these values', { errors });
}

function toAnswer(signature: VerifiedSignature): ImportedMeasurements['signature'] {
  return signature.kind === 'identity'
    ? { ...signature, signedAt: signature.signedAt.toISOString() }
    : { ...signature, signedAt: signature.signedAt?.toISOString() ?? null };
}

/** Input that is none, and a file that is somebody else's: two answers. The codes of the room stand in the detail. */
function toProblem(cause: unknown): unknown {
  if (cause instanceof ProblemError || !(cause instanceof CodedError)) return cause;
  const code = cause.outcome === 'input' ? 'measurements-invalid' : 'measurements-refused';
  return new ProblemError(code, `${cause.code}: ${cause.message}`, { cause });
}
