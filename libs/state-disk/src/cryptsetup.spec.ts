import { describe, expect, it } from 'vitest';
import { requireVersion } from './cryptsetup.ts';

describe('the version of cryptsetup', () => {
  it.each([
    'cryptsetup 2.4.3',
    'cryptsetup 2.6.1 flags: UDEV BLKID',
    'cryptsetup 2.10.0',
    'cryptsetup 3.0.0',
  ])('takes %s', (output) => expect(() => requireVersion(output)).not.toThrow());

  it.each(['cryptsetup 2.4.2', 'cryptsetup 2.3.9', 'cryptsetup 1.7.5', '', 'something else 9.9.9'])(
    'refuses %j',
    (output) => {
      expect(() => requireVersion(output)).toThrow(expect.objectContaining({ code: 'cryptsetup-too-old' }));
    },
  );
});
