import {
  createSshCertificate,
  createSshGrant,
  endSshGrant,
  readSshGrant,
  type Client,
  type IssuedSshCertificate,
  type SshGrant,
} from '@asterism/api-client';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { dataOf } from '../connection/client.ts';
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

/**
 * A grant, where need be after a second person's approval, and a certificate of it. Whoever stops waiting takes the request
 * back.
 * @throws ProblemError, UsageError `usage` where it was denied
 */
export async function obtainCertificate(
  client: Client,
  wish: CertificateWish,
  context: Context,
): Promise<Obtained> {
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
  const grant = asked.state === 'waiting' ? await waitForApproval(client, asked, context) : asked;
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
  client: Client,
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
    terminal.note('taken back');
    throw new UsageError('usage', 'interrupted while waiting for a second person', { cause: error });
  } finally {
    if (signal.aborted) await takeBack(client, path).catch(() => undefined);
  }
}

/** Whoever may only ask cannot end a grant: then the request waits out its hour. */
async function takeBack(client: Client, path: { cluster: string; grant: string }): Promise<void> {
  await dataOf(endSshGrant({ client, path, body: { reason: 'the one who asked does not wait' } }));
}
