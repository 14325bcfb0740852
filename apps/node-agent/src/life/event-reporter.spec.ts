import { AttestedTlsError, ProblemError } from '@asterism/attested-tls';
import type { NodeEvent } from '@asterism/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logger.ts';
import { EventReporter } from './event-reporter.ts';

const ioError = (errors: number): NodeEvent => ({ type: 'state-disk-io-error', diskId: 'disk-1', errors });
const refused: NodeEvent = { type: 'state-disk-refused', diskId: 'disk-1', code: 'disk-foreign' };

let taken: NodeEvent[];
let fault: unknown;
let reporter: EventReporter;
const sink = {
  reportEvent: async (event: NodeEvent) => {
    if (fault !== null) throw fault;
    taken.push(event);
  },
};
const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
  [taken, fault] = [[], null];
  reporter = new EventReporter({ interval: 60_000, log: createLogger('silent') });
});
afterEach(() => vi.useRealTimers());

describe('events of a node', () => {
  it('wait for a connection, and are reported once', async () => {
    reporter.report(refused);
    reporter.connect(sink);
    await settle();
    reporter.connect(null);
    reporter.connect(sink);
    await settle(200_000);
    expect(taken).toEqual([refused]);
  });

  it('of one type are at most one in the interval, and the newest is told', async () => {
    reporter.connect(sink);
    for (const errors of [1, 2, 3, 4]) reporter.report(ioError(errors));
    reporter.report(refused);
    await settle(59_999);
    expect(taken).toEqual([ioError(1), refused]);
    await settle(1);
    expect(taken).toEqual([ioError(1), refused, ioError(4)]);
  });

  it.each([
    new AttestedTlsError('connection-closed', 'gone'),
    new ProblemError({ status: 503, code: 'overloaded', detail: 'busy' }, { retryAfter: null, findings: [] }),
    new ProblemError(
      { status: 401, code: 'attestation-expired', detail: 'late' },
      { retryAfter: null, findings: [] },
    ),
  ])('are kept when the API does not answer: %s', async (error) => {
    fault = error;
    reporter.connect(sink);
    reporter.report(ioError(1));
    await settle();
    fault = null;
    await settle(60_000);
    expect(taken).toEqual([ioError(1)]);
    fault = error;
    reporter.report(ioError(2));
    await settle(60_000);
    fault = null;
    reporter.connect(sink);
    await settle();
    expect(taken).toEqual([ioError(1), ioError(2)]);
  });

  it('that the API refuses are not told again', async () => {
    fault = new ProblemError(
      { status: 403, code: 'state-disk-not-owned', detail: 'no' },
      { retryAfter: null, findings: [] },
    );
    reporter.connect(sink);
    reporter.report(refused);
    await settle();
    fault = null;
    reporter.connect(sink);
    await settle(200_000);
    expect(taken).toEqual([]);
  });
});
