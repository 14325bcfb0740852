import {
  createSshCertificate,
  createSshGrant,
  endSshGrant,
  readSshGrant,
  type IssuedSshCertificate,
  type SshGrant,
} from '@asterism/api-client';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { connect, dataOf } from '../connection/client.ts';
import type { Endpoint } from '../connection/endpoint.ts';
import type { ApiSession } from '../connection/session.ts';
import type { Context } from '../context.ts';
import { ProblemError, UsageError } from '../errors.ts';

export interface CertificateWish {
  readonly cluster: string;
  /** One line. */
  readonly publicKey: string;
  readonly principal: string;
  /** Null: every node that the user may use. */
  readonly node: string | null;
  /** Seconds; undefined: as the rules have it. */
  readonly seconds: number | undefined;
  readonly reason: string;
  readonly sourceAddresses: readonly string[];
  readonly forceCommand: string | null;
}

export interface Obtained {
  readonly grant: SshGrant;
  readonly issued: IssuedSshCertificate;
}

const ASK_EVERY_MS = 1_000;
const TAKE_BACK_MS = 5_000;

/**
 * A grant, where need be after a second person's approval, and a certificate of it. Whoever stops waiting takes the request
 * back.
 * @throws ProblemError, UsageError `usage` where it was denied
 */
export async function obtainCertificate(
  api: ApiSession,
  wish: CertificateWish,
  context: Context,
): Promise<Obtained> {
  const { client } = api;
  const { cluster, seconds, ...rest } = wish;
  const asked = await dataOf(
    createSshGrant({
      client,
      path: { cluster },
      headers: { 'Idempotency-Key': randomUUID() },
      body: {
        ...rest,
        sourceAddresses: [...rest.sourceAddresses],
        ...(seconds === undefined ? {} : { seconds }),
      },
    }),
  );
  const grant = asked.state === 'waiting' ? await waitForApproval(api, asked, context) : asked;
  const path = { cluster, grant: grant.id };
  const body = seconds === undefined ? {} : { seconds: Math.min(seconds, 86_400) };
  try {
    return { grant, issued: await dataOf(createSshCertificate({ client, path, body })) };
  } catch (error) {
    // The grant may last longer than a certificate may.
    if (!(error instanceof ProblemError) || error.code !== 'ssh-request-refused') throw error;
    return { grant, issued: await dataOf(createSshCertificate({ client, path, body: {} })) };
  }
}

async function waitForApproval(
  { client, endpoint }: ApiSession,
  asked: SshGrant,
  { terminal, signal }: Context,
): Promise<SshGrant> {
  const path = { cluster: asked.clusterId, grant: asked.id };
  terminal.note(
    `${asked.principal} needs a second person: asterism access approve ${asked.id}\nwaiting until ${asked.expiresAt}; Ctrl-C takes it back`,
  );
  try {
    for (;;) {
      const grant = await dataOf(readSshGrant({ client, path }));
      if (grant.state === 'active') return grant;
      if (grant.state !== 'waiting') {
        const why = grant.decisionReason ?? grant.endReason ?? '';
        throw new ProblemError({
          ...{ status: 409, code: 'ssh-grant-conflict', traceId: '' },
          detail: `the grant is ${grant.state}${why === '' ? '' : `: ${why}`}`,
        });
      }
      await wait(ASK_EVERY_MS, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    const left = await takeBack(endpoint, path).then(
      () => 'taken back',
      () => `not taken back: it waits until ${asked.expiresAt}`,
    );
    terminal.note(left);
    throw new UsageError('usage', 'interrupted while waiting for a second person', { cause: error });
  }
}

/** Over a connection of its own: that of the command ended with it. Whoever may only ask cannot end a grant. */
async function takeBack(endpoint: Endpoint, path: { cluster: string; grant: string }): Promise<void> {
  await using connection = connect(endpoint, AbortSignal.timeout(TAKE_BACK_MS));
  const body = { reason: 'the one who asked does not wait' };
  await dataOf(endSshGrant({ client: connection.client, path, body }));
}
