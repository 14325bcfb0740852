import { describe, expect, it } from 'vitest';
import { mountedAt } from './file-system.ts';

/** As the kernel writes it; the last one on a mount point covers those before. */
const MOUNTINFO = String.raw`22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
31 22 253:1 / /var/lib/state rw,noatime - ext4 /dev/mapper/asterism-state rw
40 22 254:17 / /srv rw - ext4 /dev/vdb1 rw
41 22 253:0 / /srv rw - xfs /dev/mapper/other rw
42 22 253:2 / /mnt/a\040b\134c rw - xfs /dev/mapper/third rw
`;

describe('S26 what is mounted', () => {
  it.each([
    ['/var/lib/state', '253:1'],
    ['/srv', '253:0'],
    ['/mnt/a b\\c', '253:2'],
    ['/var/lib', null],
    ['/var/lib/state/', null],
  ])('%s is %s', (mountPoint, device) => {
    expect(mountedAt(MOUNTINFO, mountPoint)).toBe(device);
  });
});
