import { ProblemError } from '@asterism/attested-tls';
import type {
  AccessDrift,
  HostCertificate,
  NodeAccessReport,
  NodeAccessState,
  SshSessionEvent,
} from '@asterism/contracts';
import { parseRevocationList } from '@asterism/ssh';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { SshConfiguration } from '../configuration/ssh-configuration.ts';
import type { Logger } from '../logger.ts';
import { Turns } from '../turns.ts';
import type { AccessEnforcement, Applied } from './access-enforcement.ts';
import type { AccessCache } from './access-cache.ts';
import type { SessionStore } from './session-store.ts';
import type { SessionWatch } from './session-watch.ts';
import { wantedAccess } from './wanted-access.ts';
import { fingerprintsOf, whyOver } from './why-over.ts';

/** The API, as far as access is concerned. */
export interface AccessApi {
  readAccess(): Promise<NodeAccessState>;
  certifyHostKey(publicKey: string): Promise<HostCertificate>;
  reportAccess(report: NodeAccessReport): Promise<void>;
  reportSessions(events: readonly SshSessionEvent[]): Promise<void>;
}

export interface AccessControlOptions {
  readonly ssh: Pick<SshConfiguration, 'addresses'>;
  /** Files of the public keys of this machine's sshd. */
  readonly hostKeys: readonly string[];
  readonly enforcement: Pick<AccessEnforcement, 'apply' | 'withdraw'>;
  readonly sessions: Pick<SessionWatch, 'run' | 'end'>;
  readonly store: Pick<SessionStore, 'next' | 'taken'>;
  /** Null where this machine has nothing to keep its key. */
  readonly cache: AccessCache | null;
  readonly now: () => Date;
  readonly log: Logger;
  /** Milliseconds between two looks at what somebody may have changed. */
  readonly lookEvery: number;
  /** Milliseconds without a word from the API, and without a cache, until nobody is let in any more. */
  readonly withoutWord: number;
}

interface Known {
  readonly state: NodeAccessState;
  readonly hostCertificates: readonly string[];
}

const RETRY_MS = 2_000;
const AT_ONCE = 200;
/** As many as a report takes. */
const MOST_FAULTS = 200;
const MOST_DRIFT = 100;

/**
 * Who may log in to this node, from what the API says to what sshd does: reads it when it is told that it has changed, brings
 * it about, looks after it, and tells what came of it and who logged in. Without the API it goes on with what it knows, until
 * the time of that is over. Nothing that fails here costs the node its membership.
 */
export class AccessControl {
  readonly #with: AccessControlOptions;
  #api: AccessApi | null = null;
  #known: Known | null = null;
  /** When certificates of the host are due, or what is known has had half of its time. */
  #renewAt = Number.POSITIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #readAgain = false;
  #reported: string | undefined;
  /** What was put right and the API does not know of yet. */
  #drift: AccessDrift[] = [];
  #sending: Promise<void> | undefined;
  readonly #turns = new Turns();

  constructor(options: AccessControlOptions) {
    this.#with = options;
  }

  /** What is remembered holds before the API is reached. */
  async restore(): Promise<void> {
    const { cache, log } = this.#with;
    if (cache === null) {
      log.warn('this machine has no TPM to keep SSH access with: it is read anew at each start');
      return;
    }
    try {
      this.#known = await cache.read();
    } catch (error) {
      log.warn({ err: error }, 'remembered SSH access does not open here, and is not used');
    }
    if (this.#known !== null) await this.#applyInTurn();
  }

  /** Until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const since = this.#with.now().getTime();
    const sessions = this.#with.sessions.run(signal);
    while (!signal.aborted) {
      await wait(this.#with.lookEvery, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      if (this.#known !== null) await this.#applyInTurn();
      else if (this.#with.now().getTime() - since > this.#with.withoutWord) await this.#withdraw();
      if (this.#with.now().getTime() >= this.#renewAt) this.changed();
      this.sessionsChanged();
    }
    await sessions;
  }

  /** The connection to ask on; null while there is none. */
  connect(api: AccessApi | null): void {
    this.#api = api;
    this.#reported = undefined;
  }

  /** Access has changed, or may have while nobody could say so. */
  changed(): void {
    this.#readAgain = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
  }

  /** Something is to be told of sessions. */
  sessionsChanged(): void {
    this.#sending ??= this.#sendSessions().finally(() => {
      this.#sending = undefined;
    });
  }

  async #readAll(): Promise<void> {
    while (this.#readAgain && this.#api !== null) {
      this.#readAgain = false;
      const api = this.#api;
      try {
        const state = await api.readAccess();
        const hostCertificates = await this.#certify(api);
        const life = Date.parse(state.validUntil) - Date.parse(state.issuedAt);
        this.#renewAt = Math.min(this.#renewAt, this.#with.now().getTime() + life / 2);
        this.#known = { state, hostCertificates };
        await this.#applyInTurn();
        await this.#remember();
      } catch (error) {
        this.#with.log.warn({ err: error }, 'SSH access cannot be read now');
        this.#readAgain = true;
        await wait(retryAfter(error));
      }
    }
  }

  /** A key that cannot be certified does not keep the others from it, or anybody out. */
  async #certify(api: AccessApi): Promise<string[]> {
    const certificates: string[] = [];
    this.#renewAt = Number.POSITIVE_INFINITY;
    for (const file of this.#with.hostKeys) {
      try {
        const { certificate, renewAt } = await api.certifyHostKey((await readFile(file, 'utf8')).trim());
        certificates.push(certificate);
        this.#renewAt = Math.min(this.#renewAt, Date.parse(renewAt));
      } catch (error) {
        if (!(error instanceof ProblemError) || error.status >= 500 || error.status === 429) throw error;
        this.#with.log.error({ err: error, file }, 'host key is not certified');
      }
    }
    return certificates;
  }

  async #remember(): Promise<void> {
    const { cache, log } = this.#with;
    if (cache === null || this.#known === null) return;
    const { state, hostCertificates } = this.#known;
    try {
      await cache.write({ state, hostCertificates: [...hostCertificates] });
    } catch (error) {
      log.error({ err: error }, 'SSH access cannot be remembered');
    }
  }

  #applyInTurn(): Promise<void> {
    return this.#turns
      .take(() => this.#apply())
      .catch((error: unknown) => {
        this.#with.log.error({ err: error }, 'SSH access cannot be brought about');
      });
  }

  async #apply(): Promise<void> {
    if (this.#known === null) return;
    const { state, hostCertificates } = this.#known;
    const { enforcement, sessions, now, log } = this.#with;
    const wanted = wantedAccess(state, now());
    const applied = await enforcement.apply(wanted, hostCertificates);
    for (const { path, kind } of applied.drift)
      log.warn({ path, kind }, 'somebody had changed it; it was put right');
    const rules = {
      ...{ wanted, now: now() },
      revoked: parseRevocationList(wanted.revocationList),
      authorities: fingerprintsOf(wanted.authorities),
    };
    await sessions.end((session, isOpen) =>
      // A policy that lets people stay until they log out says nothing of what they leave behind.
      whyOver(session, { ...rules, sessions: isOpen ? state.sessions : 'end-with-grant' }),
    );
    await this.#report(state, applied);
  }

  /** After each change, and once on each connection. */
  async #report(state: NodeAccessState, { faults, drift, opensshVersion }: Applied): Promise<void> {
    this.#drift = [...this.#drift, ...drift].slice(-MOST_DRIFT);
    const isOver = Date.parse(state.validUntil) <= this.#with.now().getTime();
    const detail = `not heard of since ${state.issuedAt}`;
    const expired = { code: 'state-expired', subject: 'access', detail } as const;
    const report: NodeAccessReport = {
      revision: state.revision,
      opensshVersion,
      faults: isOver ? [expired, ...faults].slice(0, MOST_FAULTS) : [...faults],
      drift: this.#drift,
      addresses: [...this.#with.ssh.addresses],
    };
    const text = JSON.stringify({ ...report, drift: [] });
    if (this.#api === null || (text === this.#reported && report.drift.length === 0)) return;
    try {
      await this.#api.reportAccess(report);
      this.#reported = text;
      this.#drift = [];
    } catch (error) {
      this.#with.log.warn({ err: error }, 'what is in force cannot be reported now');
    }
  }

  async #sendSessions(): Promise<void> {
    for (;;) {
      const events = this.#with.store.next(AT_ONCE);
      if (events.length === 0 || this.#api === null) return;
      try {
        await this.#api.reportSessions(events);
        await this.#with.store.taken(events);
      } catch (error) {
        this.#with.log.warn({ err: error }, 'sessions cannot be reported now');
        await wait(retryAfter(error));
        return;
      }
    }
  }

  async #withdraw(): Promise<void> {
    const { faults } = await this.#with.enforcement.withdraw();
    if (faults.length > 0)
      this.#with.log.error({ faults }, 'SSH access of an earlier start cannot be taken back');
  }
}

function retryAfter(error: unknown): number {
  const seconds = error instanceof ProblemError ? (error.retryAfter ?? 0) : 0;
  return Math.max(RETRY_MS, Math.min(seconds, 60) * 1_000);
}
