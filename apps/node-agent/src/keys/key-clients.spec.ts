import { describe, expect, it } from 'vitest';
import { isAllowed, type KnownClient } from './key-clients.ts';
import type { Peer } from './peer.ts';

const CLIENTS: readonly KnownClient[] = [
  { uid: 1_001, purposes: ['volume'], ids: ['pvc-'] },
  { gid: 2_000, purposes: ['object-store', 'volume'], ids: ['bucket-a', 'bucket-b'] },
  { uid: 1_003, purposes: ['volume'], ids: 'any' },
];
const csi: Peer = { pid: 7, uid: 1_001, gid: 1_001 };
const proxy: Peer = { pid: 8, uid: 1_002, gid: 2_000 };

describe('S19 who may ask for which key', () => {
  it.each([
    ['its own volume', csi, { purpose: 'volume', id: 'pvc-1' }, true],
    ['another purpose under the same id', csi, { purpose: 'object-store', id: 'pvc-1' }, false],
    ['an id that only contains the prefix', csi, { purpose: 'volume', id: 'a-pvc-1' }, false],
    ['a bucket, by its group', proxy, { purpose: 'object-store', id: 'bucket-b-1' }, true],
    ['a volume of another client', proxy, { purpose: 'volume', id: 'pvc-1' }, false],
    ['anything, where the list says so', { ...csi, uid: 1_003 }, { purpose: 'volume', id: 'x' }, true],
    [
      'as a user whose number is an allowed group',
      { ...csi, uid: 2_000 },
      { purpose: 'volume', id: 'bucket-a' },
      false,
    ],
    ['as root, who is on no list', { pid: 1, uid: 0, gid: 0 }, { purpose: 'volume', id: 'pvc-1' }, false],
  ] as const)('%s', (_, peer, request, allowed) => {
    expect(isAllowed(CLIENTS, peer, request)).toBe(allowed);
  });

  it('nobody, where the list is empty', () => {
    expect(isAllowed([], csi, { purpose: 'volume', id: 'pvc-1' })).toBe(false);
  });
});
