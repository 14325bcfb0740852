import { events, idempotencyKeys, signInCodes, sshSessions, tokens } from '@asterism/persistence';
import type { AuditService } from '../audit/audit.service.ts';
import { Repeated } from '../node/repeated.ts';
import type { Platform } from '../platform/platform.ts';

const EVERY_MS = 60_000;
const DAY_MS = 86_400_000;

/** How long what has ended is kept. */
const KEPT_MS = {
  idempotencyKeys: DAY_MS,
  sessions: 30 * DAY_MS,
  events: 7 * DAY_MS,
  sshSessions: 90 * DAY_MS,
};

/** What no request waits for: deletes what has ended, and signs the head of the audit chain while it grows. */
export function startHousekeeping(platform: Platform, audit: AuditService): Repeated {
  const { database, clock, logger, sealing } = platform;
  const { queries } = database;
  const run = async () => {
    const now = clock();
    const before = (age: number) => new Date(now.getTime() - age);
    await signInCodes.prune(queries, now);
    await idempotencyKeys.prune(queries, before(KEPT_MS.idempotencyKeys));
    await tokens.pruneSessions(queries, before(KEPT_MS.sessions));
    await sshSessions.prune(queries, before(KEPT_MS.sshSessions));
    await events.prune(queries, before(KEPT_MS.events));
    if (sealing.isOpen) await audit.signGrownHead();
  };
  return new Repeated({ name: 'housekeeping', interval: EVERY_MS, run }, logger);
}
