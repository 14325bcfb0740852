import { describe, expect, it } from 'vitest';
import { rollbackTarget } from './rollback-target.ts';

const version = (number: number, activatedAt: string | null, active = false) => ({
  version: number,
  active,
  activatedAt: activatedAt === null ? null : `2026-11-24T${activatedAt}:00Z`,
});

describe('rollbackTarget', () => {
  it('is the version that was activated last before the active one, whatever its number', () => {
    const versions = [version(3, null), version(2, '10:00'), version(1, '10:20', true), version(4, '10:10')];
    expect(rollbackTarget(versions)?.version).toBe(4);
  });

  it('is none where no other was ever active', () => {
    expect(rollbackTarget([version(1, '10:00', true), version(2, null)])).toBeNull();
    expect(rollbackTarget([])).toBeNull();
  });
});
