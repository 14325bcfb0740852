import type { CollateralNeed } from '@asterism/attestation';
import { describe, expect, it } from 'vitest';
import { CollateralInputError } from '../errors.ts';
import { needKey, parseNeed } from './need-key.ts';

const chip = 'ab'.repeat(64);
const tcb = { fmc: undefined, bootloader: 3, tee: 0, snp: 22, microcode: 213 };
const NEEDS: readonly (readonly [CollateralNeed, string])[] = [
  [{ kind: 'amd-chain', product: 'Milan', key: 'VCEK' }, 'Milan/VCEK'],
  [{ kind: 'amd-crl', product: 'Turin', key: 'VLEK' }, 'Turin/VLEK'],
  [{ kind: 'amd-vcek', product: 'Genoa', chipId: chip, tcb }, `Genoa/${chip}/3.0.22.213`],
  [
    { kind: 'amd-vcek', product: 'Turin', chipId: '0123456789abcdef', tcb: { ...tcb, fmc: 1 } },
    'Turin/0123456789abcdef/1.3.0.22.213',
  ],
  [{ kind: 'intel-tcb-info', fmspc: '00806f050000' }, '00806f050000'],
  [{ kind: 'intel-qe-identity' }, 'td'],
  [{ kind: 'intel-pck-crl', ca: 'platform' }, 'platform'],
  [{ kind: 'intel-pck-crl', ca: 'processor' }, 'processor'],
  [{ kind: 'intel-root-crl' }, 'root'],
];

describe('needKey', () => {
  it.each(NEEDS)('writes %o as %s, and parseNeed reads it back', (need, key) => {
    expect(needKey(need)).toEqual({ kind: need.kind, key });
    expect(parseNeed({ kind: need.kind, key })).toEqual(need);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a product that is none', { kind: 'amd-chain', product: 'Milan/../x', key: 'VCEK' }],
    ['a chip of another length', { kind: 'amd-vcek', product: 'Milan', chipId: 'ab', tcb }],
    ['digits that are none', { kind: 'amd-vcek', product: 'Milan', chipId: `${chip.slice(2)}..`, tcb }],
    ['upper case', { kind: 'amd-vcek', product: 'Milan', chipId: chip.toUpperCase(), tcb }],
    [
      'a version over a byte',
      { kind: 'amd-vcek', product: 'Milan', chipId: chip, tcb: { ...tcb, snp: 256 } },
    ],
    [
      'a version that is no number',
      { kind: 'amd-vcek', product: 'Milan', chipId: chip, tcb: { ...tcb, snp: '1&x=' } },
    ],
    [
      'FMC where there is none',
      { kind: 'amd-vcek', product: 'Milan', chipId: chip, tcb: { ...tcb, fmc: 1 } },
    ],
    ['no FMC on Turin', { kind: 'amd-vcek', product: 'Turin', chipId: '0123456789abcdef', tcb }],
    ['an FMSPC with a query', { kind: 'intel-tcb-info', fmspc: '00806f&x=1' }],
    ['an FMSPC of another length', { kind: 'intel-tcb-info', fmspc: '00806f' }],
    ['a CA that is none', { kind: 'intel-pck-crl', ca: 'root' }],
  ])('S10 refuses %s before an address is made of it', (_, need) => {
    expect(() => needKey(need as unknown as CollateralNeed)).toThrow(CollateralInputError);
  });

  it.each([
    ['amd-chain', 'Milan'],
    ['amd-chain', 'Milan/VCEK/x'],
    ['amd-vcek', `Milan/${chip}/03.0.22.213`],
    ['amd-vcek', `Milan/${chip}/3.0.22`],
    ['amd-vcek', `Milan/${chip}/3.0.22.213/x`],
    ['intel-qe-identity', ''],
    ['intel-root-crl', 'Root'],
    ['constructor', 'x'],
  ])('has no need for %s %s', (kind, key) => {
    expect(() => parseNeed({ kind, key })).toThrow(CollateralInputError);
  });
});
