import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acknowledgedBy, nextStep, type BootFacts } from './next-step.ts';

const fresh: BootFacts = {
  locked: false,
  done: null,
  ticket: false,
  acknowledged: 'nothing',
  diskFault: null,
};

describe('nextStep', () => {
  it('walks a fresh boot to membership', () => {
    const walk: readonly (readonly [Partial<BootFacts>, string])[] = [
      [{}, 'enrol'],
      [{ done: 'granted', ticket: true }, 'lock'],
      [{ done: 'locked', locked: true }, 'report-lock'],
      [{ acknowledged: 'locked' }, 'open-disk'],
      [{ done: 'disk-open', ticket: false }, 'report-disk-open'],
      [{ acknowledged: 'disk-open' }, 'report-member'],
      [{ done: 'member', acknowledged: 'member' }, 'hold'],
    ];
    let facts = fresh;
    for (const [change, kind] of walk) {
      facts = { ...facts, ...change };
      expect(nextStep(facts)).toMatchObject({ kind });
    }
    expect(nextStep(facts)).toEqual({ kind: 'hold', blocked: null });
  });

  it('S34 takes the last step again where the API has its record and we were killed before ours', () => {
    const killed = { ...fresh, locked: true, done: 'disk-open', acknowledged: 'member' } as const;
    expect(nextStep(killed)).toEqual({ kind: 'report-member' });
  });

  it('S26 stays out where its disk keeps a key that the API has replaced', () => {
    const diskFault = 'state-disk-header-refused: x';
    const facts = {
      ...fresh,
      locked: true,
      done: 'disk-open',
      acknowledged: 'disk-open',
      diskFault,
    } as const;
    expect(nextStep(facts)).toEqual({ kind: 'hold', blocked: diskFault });
  });

  it.each([
    ['a lock that an agent without a ticket finds', { done: 'granted' }, 'needs reboot'],
    ['a lock without any record', { done: null }, 'needs reboot'],
    [
      'a disk that does not open',
      { done: 'locked', diskFault: 'state-disk-key-wrong: x' },
      'state-disk-key-wrong',
    ],
  ] as const)('S20 is blocked by %s', (_, change, reason) => {
    const step = nextStep({ ...fresh, locked: true, acknowledged: 'locked', ...change });
    expect(step).toMatchObject({ kind: 'hold', blocked: expect.stringContaining(reason) });
  });

  it('S20 reports a lock even where it can do nothing else', () => {
    expect(nextStep({ ...fresh, locked: true })).toEqual({ kind: 'report-lock' });
  });

  const facts = fc.record({
    locked: fc.boolean(),
    done: fc.constantFrom(null, 'granted', 'locked', 'disk-open', 'member'),
    ticket: fc.boolean(),
    acknowledged: fc.constantFrom('nothing', 'locked', 'disk-open', 'member'),
    diskFault: fc.constantFrom(null, 'state-disk-key-wrong: x'),
  } as const);

  it('S20 asks for secrets on an open boot only, and uses a key on a locked and reported one only', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { kind } = nextStep(given);
        if (kind === 'enrol') expect(given).toMatchObject({ locked: false, ticket: false });
        if (kind === 'lock') expect(given).toMatchObject({ locked: false, ticket: true });
        if (kind === 'open-disk') {
          expect(given).toMatchObject({ locked: true, ticket: true });
          expect(given.acknowledged).not.toBe('nothing');
        }
      }),
    );
  });

  it('S34 comes to an end from any facts: no step leads back', () => {
    fc.assert(
      fc.property(facts, (given) => {
        let now: BootFacts = given;
        for (let steps = 0; steps < 8; steps++) {
          const { kind } = nextStep(now);
          if (kind === 'hold') return;
          now = { ...now, ...EFFECT[kind] };
        }
        expect.unreachable('still not holding after eight steps');
      }),
    );
  });
});

const EFFECT: Readonly<Record<string, Partial<BootFacts>>> = {
  enrol: { ticket: true, done: 'granted', acknowledged: 'nothing' },
  lock: { locked: true, done: 'locked' },
  'report-lock': { acknowledged: 'locked' },
  'open-disk': { ticket: false, done: 'disk-open' },
  'report-disk-open': { acknowledged: 'disk-open' },
  'report-member': { acknowledged: 'member', done: 'member' },
};

describe('acknowledgedBy', () => {
  it.each([
    [null, null, 'nothing'],
    ['attesting', 'member', 'nothing'],
    ['locked', 'disk-open', 'locked'],
    ['disk-open', 'disk-open', 'disk-open'],
    ['member', null, 'member'],
    ['lost', 'member', 'member'],
    ['lost', 'disk-open', 'nothing'],
    ['lost', null, 'nothing'],
  ] as const)('reads %s with own record %s as %s', (state, done, known) => {
    expect(acknowledgedBy(state, done)).toBe(known);
  });
});
