import { describe, expect, it } from 'vitest';
import { may, mayAnywhere } from './permissions.ts';

const CLUSTER = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
const session = {
  permissions: ['clusters.read' as const],
  clusterPermissions: { [CLUSTER]: ['nodes.revoke' as const] },
};

describe('may', () => {
  it('holds what is held over everything for every cluster', () => {
    expect(may(session, 'clusters.read')).toBe(true);
    expect(may(session, 'clusters.read', CLUSTER)).toBe(true);
  });

  it('holds what is held for a cluster in that cluster only', () => {
    expect(may(session, 'nodes.revoke', CLUSTER)).toBe(true);
    expect(may(session, 'nodes.revoke', CLUSTER.replace('a11', 'a12'))).toBe(false);
    expect(may(session, 'nodes.revoke')).toBe(false);
  });

  it('S28 holds nothing before the session is known', () => {
    expect(may(undefined, 'clusters.read')).toBe(false);
    expect(mayAnywhere(undefined, 'clusters.read')).toBe(false);
  });

  it('finds what is held somewhere', () => {
    expect(mayAnywhere(session, 'nodes.revoke')).toBe(true);
    expect(mayAnywhere(session, 'audit.read')).toBe(false);
  });
});
