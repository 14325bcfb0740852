import type { SshSessionEvent } from '@asterism/contracts';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { SshConfiguration } from '../configuration/ssh-configuration.ts';
import type { Logger } from '../logger.ts';
import { Turns } from '../turns.ts';
import { isOurs, readAccounts } from './accounts.ts';
import { followJournal } from './follow-journal.ts';
import { followLogFile, type ReadLog } from './follow-log-file.ts';
import { findLeftJobs, removeLeftJobs } from './left-jobs.ts';
import {
  findServing,
  isRunning,
  killAllOf,
  listProcesses,
  readProcess,
  signalProcess,
  treeOf,
} from './processes.ts';
import type { AcceptedLogin } from './session-log-line.ts';
import type { OpenSession, SessionStore } from './session-store.ts';

export interface SessionWatchOptions {
  readonly ssh: Pick<SshConfiguration, 'log' | 'uids'>;
  readonly store: SessionStore;
  readonly now: () => Date;
  readonly log: Logger;
  /** Something waits to be told to the API. */
  readonly onEvent: () => void;
}

const LOOK_EVERY_MS = 1_000;
/** From being asked to end to being made to. */
const PATIENCE_MS = 1_500;
const TRIES = 10;
const RETRY_MS = 1_000;

/** Why a session is not to go on, or what it left where it is not open any more; null: it is. */
type Which = (session: OpenSession, isOpen: boolean) => string | null;

interface AccountId {
  readonly name: string;
  readonly uid: number;
}

/** Of a session that was over before anybody could look: no process has this number. */
const NO_PROCESS = { pid: 0, startedAt: '' } as const;
const MOST_LEFT = 1_000;

/** One of each certificate and account, and only what is this platform's to end. */
function whatMayBeLeft(sessions: readonly OpenSession[]): readonly OpenSession[] {
  const nameOf = ({ account, uid, certificate }: OpenSession) => JSON.stringify([account, uid, certificate]);
  const ours = sessions.filter(({ isOurs }) => isOurs);
  return [...new Map(ours.map((session) => [nameOf(session), session])).values()].slice(-MOST_LEFT);
}

/** Knows who is logged in through sshd: from its log who came in, from the process whether they are still there. */
export class SessionWatch {
  readonly #with: SessionWatchOptions;
  /** Sessions that this agent is ending. */
  readonly #ending = new Set<string>();
  readonly #turns = new Turns();

  constructor(options: SessionWatchOptions) {
    this.#with = options;
  }

  get open(): readonly OpenSession[] {
    return this.#with.store.open;
  }

  /** Until the signal: what fails is tried again, because nobody else sees who comes in. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const attempt = new AbortController();
      const both = AbortSignal.any([signal, attempt.signal]);
      const parts = [
        this.#follow(both),
        this.#turns.take(() => this.#close('lost')).then(() => this.#look(both)),
      ];
      try {
        await Promise.all(parts);
      } catch (error) {
        this.#with.log.error({ err: error }, 'SSH sessions cannot be watched now');
        attempt.abort();
        await Promise.allSettled(parts);
        await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /**
   * Ends these sessions, and what they left running as an account of ours: also those that were over by themselves, because
   * a grant gives no more time to who logs out. Nobody's work is ended as long as a session of the same account may go on, or
   * left something that may.
   */
  async end(which: Which): Promise<void> {
    const ending = this.open.flatMap((session) => {
      const reason = which(session, true);
      return reason === null ? [] : [{ session, reason }];
    });
    for (const { session, reason } of ending) {
      const { id, account, certificate } = session;
      this.#with.log.warn(
        { session: id, account, keyId: certificate?.keyId ?? null, reason },
        'SSH session is ended',
      );
      this.#ending.add(id);
    }
    await Promise.all(ending.map(({ session }) => this.#endOne(session)));
    await this.#turns.take(async () => {
      await this.#close('logout');
      await this.#endWhatIsLeft(which);
    });
  }

  /** Whatever runs as this uid, which is of our range, or is to run later. */
  async endAccount(account: AccountId): Promise<void> {
    await this.end((session) => (session.account === account.name ? 'the account is removed' : null));
    await this.#endLeftovers(account);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { ssh, store } = this.#with;
    const reads: AsyncGenerator<ReadLog> =
      ssh.log.kind === 'file'
        ? followLogFile(ssh.log.file, store.position, signal)
        : followJournal(store.position, signal);
    for await (const read of reads) await this.#turns.take(() => this.#take(read));
  }

  async #look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      await this.#turns.take(() => this.#close('logout'));
    }
  }

  async #take({ logins, position }: ReadLog): Promise<void> {
    const { store, onEvent } = this.#with;
    const accounts = logins.length === 0 ? undefined : await readAccounts();
    const events: SshSessionEvent[] = [];
    const [open, left] = [[...store.open], [...store.left]];
    for (const login of logins) {
      const account = accounts?.get(login.account);
      const session = await this.#toSession(login, {
        isOurs: account !== undefined && isOurs(account, this.#with.ssh),
        uid: account?.uid ?? -1,
      });
      events.push(...session.events);
      (session.isOver ? left : open).push(session.open);
    }
    await store.add(events, { position, open, left: whatMayBeLeft(left) });
    if (events.length > 0) onEvent();
  }

  async #toSession(
    login: AcceptedLogin,
    of: { readonly isOurs: boolean; readonly uid: number },
  ): Promise<{ events: SshSessionEvent[]; open: OpenSession; isOver: boolean }> {
    const { pid, account, certificate, ...shown } = login;
    const session = randomUUID();
    const at = this.#with.now().toISOString();
    const opened: SshSessionEvent = { kind: 'opened', session, at, account, certificate, ...shown };
    const serving = pid === null ? await findServing(login.sourcePort) : await readProcess(pid);
    // It came and went between two looks at the log; its number may be somebody else's by now.
    const isOver = serving?.name.startsWith('sshd') !== true;
    const process = isOver ? NO_PROCESS : { pid: serving.pid, startedAt: serving.startedAt };
    const closed: SshSessionEvent = { kind: 'closed', session, at, reason: 'logout' };
    return {
      events: isOver ? [opened, closed] : [opened],
      open: { id: session, account, ...of, process, certificate },
      isOver,
    };
  }

  async #close(reason: 'logout' | 'lost'): Promise<void> {
    const { store, now, onEvent } = this.#with;
    const running = await Promise.all(store.open.map(({ process }) => isRunning(process)));
    const gone = store.open.filter((_, at) => running[at] !== true);
    if (gone.length === 0) return;
    const at = now().toISOString();
    const events = gone.map(({ id }): SshSessionEvent => {
      return { kind: 'closed', session: id, at, reason: this.#ending.delete(id) ? 'ended' : reason };
    });
    await store.add(events, {
      open: store.open.filter((_, index) => running[index] === true),
      left: whatMayBeLeft([...store.left, ...gone]),
    });
    onEvent();
  }

  async #endWhatIsLeft(which: Which): Promise<void> {
    const { store, log } = this.#with;
    if (store.left.length === 0) return;
    const running = new Set((await listProcesses()).map(({ uid }) => uid));
    const kept: OpenSession[] = [];
    const over = new Map<string, { readonly uid: number; readonly reason: string }>();
    for (const session of store.left) {
      const { account: name, uid } = session;
      if (!running.has(uid) && (await findLeftJobs({ name, uid })).length === 0) continue;
      const reason = which(session, false);
      if (reason === null) kept.push(session);
      else over.set(name, { uid, reason });
    }
    const busy = new Set([...kept, ...this.open].map(({ account }) => account));
    for (const [name, { uid, reason }] of over) {
      if (busy.has(name)) continue;
      log.warn({ account: name, reason }, 'what SSH sessions have left is ended');
      await this.#endLeftovers({ name, uid });
    }
    if (kept.length !== store.left.length) await store.add([], { left: kept });
  }

  async #endOne(session: OpenSession): Promise<void> {
    const tree = treeOf(session.process.pid, await listProcesses());
    // sshd first: it tells its client, and what it started loses its terminal.
    await signalProcess(session.process, 'SIGTERM');
    for (let waited = 0; waited < PATIENCE_MS; waited += 100) {
      if (!(await Promise.all(tree.map(isRunning))).includes(true)) break;
      await wait(100);
    }
    for (const each of tree) await signalProcess(each, 'SIGKILL');
  }

  async #endLeftovers(account: AccountId): Promise<void> {
    const { from, to } = this.#with.ssh.uids;
    if (account.uid < from || account.uid > to) return;
    await this.#endProcesses(account);
    await removeLeftJobs(account);
    // What cron had started meanwhile.
    await this.#endProcesses(account);
  }

  async #endProcesses({ uid }: AccountId): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const killed = await killAllOf(uid);
      const left = (await listProcesses()).filter((each) => each.uid === uid);
      if (killed && left.length === 0) return;
      for (const each of left) await signalProcess(each, 'SIGKILL');
      await wait(50);
    }
    this.#with.log.error({ uid }, 'processes of an account whose sessions were ended are still there');
  }
}
