import { verificationBinding } from '@asterism/attestation';
import { ProblemError, type AttestedClient } from '@asterism/attested-tls';
import { fromBase64url, fromHex, sha256, toBase64url, toHex } from '@asterism/bytes';
import type { AgentEvent, EvidenceAnswer, VerificationClaims } from '@asterism/contracts';
import { TpmCommandError } from '@asterism/tpm';
import type { AccessControl } from '../access/access-control.ts';
import type { AgentApi, NodeClaims } from '../api/agent-api.ts';
import { NodeError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Machine } from '../machine/machine.ts';
import { readFingerprints } from '../machine/ssh-host-keys.ts';
import type { NodeRecord } from '../state/node-record.ts';

type EventOf<Type extends AgentEvent['type']> = Extract<AgentEvent, { type: Type }>;

export interface AnswerContext {
  readonly client: AttestedClient;
  readonly api: AgentApi;
  readonly machine: Machine;
  readonly claims: NodeClaims;
  readonly sshHostKeys: readonly string[];
  /** Null where this machine's sshd is none of the agent's. */
  readonly access: Pick<AccessControl, 'changed'> | null;
  /** Null where the state directory was lost: then there is no cluster to bind a verification to. */
  readonly record: NodeRecord | null;
  readonly log: Logger;
}

/**
 * Answers one event of the stream.
 * @returns whether it was a re-attestation that the API accepted: the connection stays attested for longer
 * @throws NodeError `node-quarantined`, `node-revoked`; ProblemError where an answer ends the node's standing
 */
export async function answerEvent(event: AgentEvent, context: AnswerContext): Promise<boolean> {
  switch (event.type) {
    case 'ready':
    case 'access':
      context.access?.changed();
      return false;
    case 'state':
      return showState(event, context);
    case 'reattest':
      return send(event.requestId, await answerReattest(event, context), context);
    case 'verify': {
      const answer = await answerVerify(event, context);
      if (answer !== null) await send(event.requestId, answer, context);
      return false;
    }
  }
}

function showState({ state, reason }: EventOf<'state'>, { log }: AnswerContext): false {
  log.info({ state, reason }, 'the API says the state of this node');
  if (state === 'quarantined') throw new NodeError('node-quarantined', reason ?? 'by the API');
  if (state === 'revoked') throw new NodeError('node-revoked', reason ?? 'by an operator');
  return false;
}

async function answerReattest(
  { nonce, evidenceRequest }: EventOf<'reattest'>,
  { client, machine, claims }: AnswerContext,
): Promise<EvidenceAnswer> {
  const stated = { purpose: 'reattestation', ...claims } as const;
  const evidence = await client.collect(machine, { nonce, request: evidenceRequest, claims: stated });
  return { purpose: 'reattestation', evidence, claims: stated };
}

/** Protocol §4: bound to the cluster and the node under a label of its own, so useless for joining (S08). */
async function answerVerify(
  { nonce, evidenceRequest, activation }: EventOf<'verify'>,
  { client, machine, claims, record, sshHostKeys, log }: AnswerContext,
): Promise<EvidenceAnswer | null> {
  if (record === null) {
    log.warn('a verification is not answered: this machine does not remember its cluster until it reboots');
    return null;
  }
  const stated: VerificationClaims = {
    purpose: 'verification',
    agentVersion: claims.agentVersion,
    tlsPublicKey: toHex(await sha256(client.connection.ownSpki)),
    sshHostKeys: [...(await readFingerprints(sshHostKeys))],
    kubeletCertificate: null,
    apiServerCertificate: null,
  };
  const { cluster, node } = record;
  const binding = await verificationBinding(
    fromHex(cluster.clusterId),
    node.id,
    fromBase64url(nonce),
    stated,
  );
  const evidence = await machine.collect({ request: evidenceRequest, binding });
  const secret = activation === undefined ? null : await openCredential(machine, activation, log);
  return {
    purpose: 'verification',
    evidence,
    claims: stated,
    ...(secret === null ? {} : { activationSecret: toBase64url(secret) }),
  };
}

/** The caller's credential may be for another machine: then he gets the evidence without its secret. */
async function openCredential(
  machine: Machine,
  activation: NonNullable<EventOf<'verify'>['activation']>,
  log: Logger,
): Promise<Uint8Array | null> {
  try {
    return await machine.activate(activation);
  } catch (error) {
    if (!(error instanceof TpmCommandError)) throw error;
    log.warn(
      { code: error.code, responseName: error.responseName },
      'credential of a verification does not open',
    );
    return null;
  }
}

/** An answer that came too late, or that an overloaded API did not take, is no reason to leave the stream. */
async function send(
  requestId: string,
  answer: EvidenceAnswer,
  { api, log }: AnswerContext,
): Promise<boolean> {
  try {
    await api.answer(requestId, answer);
    return true;
  } catch (error) {
    const harmless =
      error instanceof ProblemError &&
      (error.code === 'evidence-request-unknown' || error.status === 429 || error.status >= 500);
    if (!harmless) throw error;
    log.warn({ code: error.code, requestId, purpose: answer.purpose }, 'answer was not taken');
    return false;
  }
}
