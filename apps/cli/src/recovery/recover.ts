import {
  discardRecoveryShares,
  readRecovery,
  submitRecoveryShare,
  type RecoveryProgress,
  type RecoveryStatus,
} from '@asterism/api-client';
import { CodedError } from '@asterism/bytes';
import type { RecoveryShare } from '@asterism/keys/recovery';
import { dataOf } from '../connection/client.ts';
import { readText } from '../connection/endpoint.ts';
import { withApi, type ApiSession } from '../connection/session.ts';
import type { Context, Invocation } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { reportFailure } from '../output/failure.ts';
import { toPrintable } from '../output/terminal.ts';
import { Questions } from './questions.ts';
import { readShare } from './read-share.ts';

interface RecoverOptions {
  readonly share?: readonly string[];
  readonly identity?: readonly string[];
  readonly discard?: true;
}

/** Decrypts shares here and submits them. @returns 0 recovered, 1 refused, 2 where more are needed */
export async function recover({ context, options }: Invocation<RecoverOptions>): Promise<ExitCode> {
  return withApi(context, async (api) => {
    if (options.discard === true) return discard(context, api);
    return options.share === undefined
      ? ask(context, api)
      : scripted(context, api, options.share, options.identity ?? []);
  });
}

async function discard({ terminal }: Context, { client }: ApiSession): Promise<ExitCode> {
  await dataOf(discardRecoveryShares({ client }));
  terminal.result({ discarded: true }, () => 'the shares that were submitted are forgotten');
  return EXIT.good;
}

async function scripted(
  context: Context,
  api: ApiSession,
  shares: readonly string[],
  identityFiles: readonly string[],
): Promise<ExitCode> {
  const identities = await Promise.all(identityFiles.map((file) => readText(file, 'identity')));
  let recovered = false;
  for (const file of shares) {
    const progress = await submit(api, await readShare(file, identities));
    sayProgress(context, progress);
    recovered = progress.recovered;
  }
  return recovered ? EXIT.good : EXIT.undecided;
}

/** One file after another, until it is enough or nothing more is given. What does not fit is said, and asked for again. */
async function ask(context: Context, api: ApiSession): Promise<ExitCode> {
  const { terminal } = context;
  const status = await dataOf(readRecovery({ client: api.client }));
  sayStatus(context, status);
  if (!status.sealed && status.closedClusters.length === 0) return EXIT.good;
  const questions = new Questions(context);
  try {
    for (;;) {
      const file = await questions.ask('share file (nothing to stop): ');
      if (file === '') return EXIT.undecided;
      const identity = await questions.ask('age identity file (nothing where the share is decrypted): ');
      try {
        const identities = identity === '' ? [] : [await readText(identity, 'identity')];
        const progress = await submit(api, await readShare(file, identities));
        sayProgress(context, progress);
        if (progress.recovered) return EXIT.good;
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        reportFailure(terminal, error, false);
      }
    }
  } finally {
    questions.close();
  }
}

function submit({ client }: ApiSession, share: RecoveryShare): Promise<RecoveryProgress> {
  return dataOf(submitRecoveryShare({ client, body: { share: JSON.stringify(share) } }));
}

function sayStatus({ terminal }: Context, status: RecoveryStatus): void {
  const closed = status.closedClusters.map(({ name }) => name).join(', ');
  terminal.result(status, () =>
    status.sealed
      ? "the API's keys are sealed"
      : closed === ''
        ? 'nothing is closed'
        : toPrintable(`closed clusters: ${closed}`),
  );
  for (const progress of status.collecting) {
    if (!terminal.json) terminal.say(toText(progress));
  }
}

function sayProgress({ terminal }: Context, progress: RecoveryProgress): void {
  terminal.result(progress, () => toText(progress));
}

function toText({ set, received, recovered }: RecoveryProgress): string {
  const what = set.scope.kind === 'platform' ? "the API's keys" : `cluster ${set.scope.name}`;
  const names = received.map(({ name }) => name).join(', ');
  const text = recovered ? 'recovered' : `${received.length} of ${set.threshold} shares`;
  return toPrintable(`${what}: ${text} (${names})`);
}
