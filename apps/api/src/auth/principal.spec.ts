import { PERMISSIONS, ROLES, type RoleBinding } from '@asterism/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clustersWith, holdsAnywhere, holdsFor, mayGrant, maySee, toSession } from './principal.ts';

const HERE = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
const THERE = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a12';
const binding = fc.record({ role: fc.constantFrom(...ROLES), clusterId: fc.constantFrom(null, HERE, THERE) });
const of = (...bindings: RoleBinding[]) => ({ bindings });

describe('S28 permissions of a principal', () => {
  it('nobody without a binding holds or sees anything', () => {
    for (const permission of PERMISSIONS) {
      expect(holdsAnywhere(of(), permission)).toBe(false);
      expect(clustersWith(of(), permission)).toEqual([]);
    }
    expect(maySee(of(), HERE)).toBe(false);
  });

  it('a role over one cluster says nothing about another', () => {
    const admin = of({ role: 'admin', clusterId: HERE });
    expect(PERMISSIONS.filter((permission) => holdsFor(admin, permission, THERE))).toEqual([]);
    expect(maySee(admin, THERE)).toBe(false);
    expect(holdsFor(admin, 'nodes.revoke', HERE)).toBe(true);
  });

  it('a role over one cluster never holds what has no cluster', () => {
    const admin = of({ role: 'admin', clusterId: HERE });
    for (const permission of ['tokens.write', 'tokens.read', 'clusters.create', 'metrics.read'] as const) {
      expect(holdsAnywhere(admin, permission), permission).toBe(false);
    }
  });

  it('bindings only add', () => {
    fc.assert(
      fc.property(fc.array(binding), binding, (bindings, more) => {
        for (const permission of PERMISSIONS) {
          if (holdsFor(of(...bindings), permission, HERE)) {
            expect(holdsFor(of(...bindings, more), permission, HERE)).toBe(true);
          }
        }
      }),
      { seed: 28, numRuns: 200 },
    );
  });

  it('nobody gives more than he holds', () => {
    expect(mayGrant(of({ role: 'operator', clusterId: null }), { role: 'admin', clusterId: null })).toBe(
      false,
    );
    expect(mayGrant(of({ role: 'admin', clusterId: HERE }), { role: 'viewer', clusterId: null })).toBe(false);
    expect(mayGrant(of({ role: 'admin', clusterId: HERE }), { role: 'viewer', clusterId: THERE })).toBe(
      false,
    );
    expect(mayGrant(of({ role: 'auditor', clusterId: null }), { role: 'operator', clusterId: HERE })).toBe(
      false,
    );
    expect(mayGrant(of({ role: 'admin', clusterId: null }), { role: 'admin', clusterId: HERE })).toBe(true);
  });

  it('a session shows what is held over everything apart from what is held over a cluster', () => {
    const session = toSession({
      id: HERE,
      kind: 'session',
      name: 'alice',
      actor: `token:${HERE}`,
      bindings: [
        { role: 'auditor', clusterId: null },
        { role: 'operator', clusterId: THERE },
      ],
      expiresAt: new Date('2026-11-24T10:00:00Z'),
    });
    expect(session.permissions).toContain('audit.read');
    expect(session.permissions).not.toContain('nodes.revoke');
    expect(session.clusterPermissions[THERE]).toContain('nodes.revoke');
    expect(Object.keys(session.clusterPermissions)).toEqual([THERE]);
  });
});
