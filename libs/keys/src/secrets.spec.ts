import { toBase64url, toHex, utf8 } from '@asterism/bytes';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  clusterIdOf,
  createDataKey,
  derive,
  importConstellation,
  unwrapClusterRoot,
  wipe,
  wrapClusterRoot,
  type KeyPurpose,
} from './index.ts';
import { unwrap } from './seal/wrap.ts';

/** Text and bytes in which a secret may show. */
function shows(secret: Uint8Array, shown: string): boolean {
  const texts = [toHex(secret), toBase64url(secret), Buffer.from(secret).toString('base64'), secret.join()];
  const pieces = texts.map((text) => text.slice(0, 20).toLowerCase());
  // `inspect` writes numbers and bytes in columns.
  const dense = shown.toLowerCase().replaceAll(/\s/g, '');
  return pieces.some((piece) => dense.includes(piece));
}

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

describe('a secret', () => {
  const root = new Uint8Array(randomBytes(31));
  const salt = new Uint8Array(randomBytes(32));
  const kek = new Uint8Array(randomBytes(32));
  const other = new Uint8Array(randomBytes(32));
  const wrapped = wrapClusterRoot(kek, 'a', root, randomBytes);
  const constellation = { masterSecret: root.subarray(0, 15), salt };

  it.each<[string, () => unknown]>([
    [
      'a root of the wrong length',
      () => derive({ root, salt }, { purpose: 'volume', id: '', version: 1 }, 32),
    ],
    [
      'an unknown purpose',
      () => derive({ root, salt }, { purpose: 'x' as KeyPurpose, id: '', version: 1 }, 32),
    ],
    ['a measurement secret of the wrong length', () => clusterIdOf({ secret: root, salt })],
    [
      'a master secret of the wrong length',
      () => importConstellation({ ...constellation, measurementSalt: salt }),
    ],
    ['a data key of the wrong length', () => createDataKey(() => root)],
    ['a wrapping key of the wrong length', () => wrapClusterRoot(root, 'a', kek, randomBytes)],
    [
      'a root that is too long to wrap',
      () => wrapClusterRoot(kek, 'a', Buffer.concat([kek, kek, root]), randomBytes),
    ],
    ['a root of another cluster', () => unwrapClusterRoot(kek, 'b', wrapped)],
    ['a root under another KEK', () => unwrapClusterRoot(other, 'a', wrapped)],
    ['a root that is cut', () => unwrapClusterRoot(kek, 'a', wrapped.subarray(0, 20))],
    ['a key that wraps under the wrong length', () => unwrap(root, wrapped, utf8('x'))],
  ])('is in no error of %s', (_what, work) => {
    const shown = inspect(failureOf(work), { depth: 10, showHidden: true, maxArrayLength: null });
    expect(shown).toContain('KeysError');
    for (const secret of [root, kek, other]) expect(shows(secret, shown), shown).toBe(false);
  });

  it('would be found: the search sees it as number, hexadecimal and base64', () => {
    expect(shows(root, inspect({ root }, { maxArrayLength: null }))).toBe(true);
    expect(shows(root, inspect(Buffer.from(root)))).toBe(true);
    expect(shows(root, `key=${toBase64url(root)}`)).toBe(true);
    expect(shows(root, inspect({ kek }, { maxArrayLength: null }))).toBe(false);
  });

  it('is zeros once it is wiped, and nothing around it is', () => {
    const bytes = new Uint8Array(randomBytes(64)).map((byte) => byte | 1);
    wipe(bytes.subarray(8, 16), bytes.subarray(60));
    expect([...bytes].flatMap((byte, at) => (byte === 0 ? [at] : []))).toEqual([
      8, 9, 10, 11, 12, 13, 14, 15, 60, 61, 62, 63,
    ]);
  });
});
