import { describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import type { Status } from './status-file.ts';
import { NodeStatus } from './status.ts';

function create() {
  const shown: Status[] = [];
  const lines: Record<string, unknown>[] = [];
  let clock = Date.UTC(2026, 10, 24);
  const status = new NodeStatus({
    boot: '4.0',
    pid: 7,
    now: () => new Date((clock += 1_000)),
    log: createLogger('info', {
      write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    }),
    sink: (one) => void shown.push(one),
  });
  return { status, shown, lines };
}

const finding = { code: 'pcr-mismatch', claim: 'tpm.pcr.4', got: 'a', wanted: ['b'], message: 'differs' };

describe('NodeStatus', () => {
  it('shows itself from the start', () => {
    expect(create().shown).toEqual([
      {
        ...{ state: 'booted', node: null, reason: null, findings: [], since: '2026-11-24T00:00:01.000Z' },
        ...{ boot: '4.0', pid: 7, stateDiskKeySha256: null, stateDiskFault: null },
      },
    ]);
  });

  it('leaves reason and findings behind when the state changes, and counts from then', () => {
    const { status, shown } = create();
    status.change({ state: 'attesting' });
    status.change({ state: 'refused', reason: 'evidence-refused: x', findings: [finding] });
    const since = shown.at(-1)?.since;
    status.change({ reason: 'connect-failed: y' });
    expect(shown.at(-1)).toMatchObject({ state: 'refused', findings: [finding], since });
    status.change({ state: 'locked', node: 'workers-1' });
    expect(shown.at(-1)).toMatchObject({ state: 'locked', reason: null, findings: [], node: 'workers-1' });
    expect(shown.at(-1)?.since).not.toBe(since);
  });

  it('says nothing where nothing changed', () => {
    const { status, shown, lines } = create();
    status.change({ state: 'attesting' });
    const before = [shown.length, lines.length];
    status.change({ state: 'attesting', reason: null });
    expect([shown.length, lines.length]).toEqual(before);
  });

  it('logs the claims of a refusal', () => {
    const { status, lines } = create();
    status.change({ state: 'attesting' });
    status.change({ state: 'refused', reason: 'r', findings: [finding] });
    expect(lines.at(-1)).toMatchObject({
      level: 'info',
      state: 'refused',
      reason: 'r',
      claims: ['tpm.pcr.4'],
    });
  });

  it('S35 moves along no arrow that is not drawn', () => {
    const { status, shown } = create();
    expect(() => status.change({ state: 'member' })).toThrow('no arrow leads from booted to member');
    expect(shown).toHaveLength(1);
  });
});

describe('createLogger', () => {
  it('S29 writes no field that may hold a secret', () => {
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => void lines.push(line) });
    log.info(
      { key: 's3cret', stateDisk: { key: 's3cret' }, ticket: { any: 's3cret' }, activationSecret: 's3cret' },
      'x',
    );
    expect(lines.join('')).not.toContain('s3cret');
    expect(lines.join('')).toContain('[redacted]');
  });
});
