import { toHex } from '@asterism/bytes';
import type { Measurement, PolicyDocument, PolicyOf, SnpPolicy, SnpTcb } from '@asterism/contracts';
import type { SnpReport } from '@asterism/snp';
import {
  MINT_TCB,
  mintedPolicy,
  mintGuest,
  type MintedGuest,
  appraiseGuest,
  findingsOf,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { NO_COLLATERAL } from '../index.ts';

let genoa: MintedGuest;
let turin: MintedGuest;

beforeAll(async () => {
  genoa = await mintGuest('sev-snp');
  turin = await mintGuest('sev-snp', { product: 'Turin' });
}, 60_000);

function policyOf(guest: MintedGuest, change: Partial<SnpPolicy> = {}): PolicyDocument {
  const policy = mintedPolicy(guest) as PolicyOf<'sev-snp'>;
  return { ...policy, snp: { ...policy.snp, ...change } };
}

async function judge(change: Partial<SnpPolicy>, report: Partial<SnpReport> = {}, guest = genoa) {
  guest.report = report;
  try {
    return await findingsOf(guest, { policy: policyOf(guest, change) });
  } finally {
    guest.report = {};
  }
}

const flags = (guest: MintedGuest) => guest.parts.snp?.content() as SnpReport;
const digest = (byte: number, bytes: number) => new Uint8Array(bytes).fill(byte);
const wanting = (value: Uint8Array): Measurement => ({
  mode: 'enforce',
  values: [{ digest: toHex(value), comment: 'wanted' }],
});

describe('claims of SEV-SNP', () => {
  it('name every field of a policy, with got and wanted', async () => {
    const { result } = await appraiseGuest(genoa, { policy: policyOf(genoa) });
    const claims = new Set(result.claims.map(({ claim }) => claim));
    const kebab = (name: string) =>
      name.replaceAll(/(?<=[a-z])(?=[A-Z0-9])|(?<=\d)(?=[A-Z])/g, '-').toLowerCase();
    const { snp } = policyOf(genoa) as PolicyOf<'sev-snp'>;
    const flagsOf = (prefix: string, record: object) =>
      Object.keys(record)
        .filter((name) => name !== 'abiMinimum')
        .map((name) => `snp.${prefix}.${kebab(name)}`);
    for (const claim of [
      'snp.product',
      'snp.signing-key',
      'snp.revocation',
      'snp.guest-policy.debug',
      'snp.guest-policy.abi',
      'snp.vmpl',
      'snp.tcb.reported',
      'snp.tcb.committed',
      'snp.tcb.launch',
      'snp.firmware',
      'snp.measurement',
      'snp.host-data',
      'snp.id-key-digest',
      'snp.author-key-digest',
      'snp.chip-id',
      'snp.mitigations.launch',
      'snp.mitigations.current',
      ...flagsOf('guest-policy', snp.guestPolicy),
      ...flagsOf('platform-info', snp.platformInfo),
    ]) {
      expect(claims).toContain(claim);
    }
    expect(result.claims.filter(({ verdict }) => verdict === 'match' || verdict === 'any')).toHaveLength(
      result.claims.length,
    );
  });

  it('debug is refused whatever the policy says', async () => {
    const report = { policy: { ...flags(genoa).policy, debug: true } };
    expect(await judge({}, report)).toEqual(['debug-enabled snp.guest-policy.debug']);
  });

  it('S16 Milan is refused unless the policy names it', async () => {
    const milan = await mintGuest('sev-snp', { product: 'Milan' });
    const named = policyOf(milan);
    expect(await findingsOf(milan, { policy: named })).toEqual([]);
    const products = (policyOf(genoa) as PolicyOf<'sev-snp'>).snp.products;
    const { result } = await appraiseGuest(milan, { policy: policyOf(milan, { products }) });
    expect(result.outcome).toBe('refused');
    expect(result.findings[0]).toMatchObject({
      code: 'product-not-accepted',
      claim: 'snp.product',
      got: 'Milan',
      wanted: ['Genoa'],
    });
  });

  it.each(['reported', 'committed', 'launch'] as const)(
    'S13 the floor of the %s TCB is held for each part',
    async (which) => {
      for (const guest of [genoa, turin]) {
        const { product } = guest.parts.snp ?? {};
        if (product === undefined) throw new Error('no processor');
        const tcb: SnpTcb = { fmc: 0, ...definedOf(MINT_TCB[product]) };
        const floor = (least: SnpTcb): Partial<SnpPolicy> => ({
          products: [
            { product, minimumTcb: { reported: 'any', committed: 'any', launch: 'any', [which]: least } },
          ],
        });
        expect(await judge(floor(tcb), {}, guest)).toEqual([]);
        for (const part of ['fmc', 'bootloader', 'tee', 'snp', 'microcode'] as const) {
          expect(await judge(floor({ ...tcb, [part]: tcb[part] + 1 }), {}, guest)).toEqual([
            `tcb-too-old snp.tcb.${which}`,
          ]);
        }
      }
    },
  );

  it('S13 the floor is that of the own product, whatever other products ask for', async () => {
    const any = { reported: 'any', committed: 'any', launch: 'any' } as const;
    const out = { fmc: 255, bootloader: 255, tee: 255, snp: 255, microcode: 255 };
    const others = { product: 'Milan', minimumTcb: { reported: out, committed: out, launch: out } } as const;
    expect(await judge({ products: [others, { product: 'Genoa', minimumTcb: any }] })).toEqual([]);
    const own = { product: 'Genoa', minimumTcb: { ...any, reported: out } } as const;
    expect(await judge({ products: [{ product: 'Milan', minimumTcb: any }, own] })).toEqual([
      'tcb-too-old snp.tcb.reported',
    ]);
  });

  it('S13 provisional firmware is refused unless stated', async () => {
    const { committedVersion, committedTcb } = flags(genoa);
    const newer = { currentVersion: { ...committedVersion, build: committedVersion.build + 1 } };
    const running = { currentTcb: { ...committedTcb, snp: committedTcb.snp + 1 } };
    for (const report of [newer, running]) {
      expect(await judge({}, report)).toEqual(['provisional-firmware snp.firmware']);
      expect(await judge({ provisionalFirmware: 'any' }, report)).toEqual([]);
    }
  });

  it('an absent revocation list is undecided where it is required, and told where it is not', async () => {
    const expected = { collateral: NO_COLLATERAL };
    const required = await appraiseGuest(genoa, { policy: policyOf(genoa), expected });
    expect(required.result).toMatchObject({ outcome: 'undecided', status: 'none' });
    const policy = policyOf(genoa, { revocation: 'any' });
    const lenient = await appraiseGuest(genoa, { policy, expected });
    expect(lenient.result.outcome).toBe('accepted');
    for (const { result } of [required, lenient]) {
      expect(result.findings.map(({ code, claim }) => `${code} ${claim}`)).toEqual([
        'revocation-unchecked snp.revocation',
      ]);
    }
  });

  it('S16 a denied chip is refused, also where it is allowed', async () => {
    const chipId = toHex(genoa.parts.snp?.chipId ?? new Uint8Array());
    expect(await judge({ chips: { allow: [chipId], deny: [] } })).toEqual([]);
    for (const allow of ['any', [chipId]] as const) {
      expect(await judge({ chips: { allow: allow as 'any', deny: [chipId] } })).toEqual([
        'chip-denied snp.chip-id',
      ]);
    }
    expect(await judge({ chips: { allow: ['00'.repeat(64)], deny: [] } })).toEqual([
      'chip-not-allowed snp.chip-id',
    ]);
  });

  it('S16 a report that names no chip cannot be looked up in a list', async () => {
    const vlek = await mintGuest('sev-snp', { snp: { kind: 'VLEK' } });
    for (const chips of [
      { allow: 'any' as const, deny: ['00'.repeat(64)] },
      { allow: ['11'.repeat(64)], deny: [] },
    ]) {
      const { result, verified } = await appraiseGuest(vlek, { policy: policyOf(vlek, { chips }) });
      expect(verified.identity).toBeNull();
      expect(result).toMatchObject({ outcome: 'undecided', findings: [{ code: 'chip-unknown' }] });
    }
  });

  it.each([
    ['signingKey', { signingKey: 'VLEK' }, 'signing-key-not-accepted snp.signing-key'],
    ['vmpl', { vmpl: [1, 2] }, 'vmpl-not-accepted snp.vmpl'],
    ['measurement', { measurement: wanting(digest(9, 48)) }, 'measurement-mismatch snp.measurement'],
    ['hostData', { hostData: wanting(digest(9, 32)) }, 'measurement-mismatch snp.host-data'],
    ['idKeyDigest', { idKeyDigest: wanting(digest(9, 48)) }, 'measurement-mismatch snp.id-key-digest'],
    [
      'authorKeyDigest',
      { authorKeyDigest: wanting(digest(9, 48)) },
      'measurement-mismatch snp.author-key-digest',
    ],
    [
      'mitigations',
      { mitigations: { launch: '0000000000000001', current: 'any' } },
      'mitigation-vector-missing snp.mitigations.launch',
    ],
  ] as const)('%s is compared', async (_, change, finding) => {
    expect(await judge(change as unknown as Partial<SnpPolicy>)).toEqual([finding]);
  });

  it('mitigations have every bit that is wanted', async () => {
    const mitigations = { launch: '0000000000000005', current: '0000000000000001' };
    const set = (launch: bigint, current: bigint) => ({ mitigations: { launch, current } });
    expect(await judge({ mitigations }, set(7n, 1n), turin)).toEqual([]);
    expect(await judge({ mitigations }, set(4n, 2n), turin)).toEqual([
      'mitigation-missing snp.mitigations.launch',
      'mitigation-missing snp.mitigations.current',
    ]);
  });

  it('the ABI that a guest takes has a floor', async () => {
    const policy = { ...flags(genoa).policy, abiMajor: 1, abiMinor: 51 };
    const least = (major: number, minor: number): Partial<SnpPolicy> => {
      const { guestPolicy } = (policyOf(genoa) as PolicyOf<'sev-snp'>).snp;
      return { guestPolicy: { ...guestPolicy, abiMinimum: { major, minor } } };
    };
    expect(await judge(least(1, 51), { policy })).toEqual([]);
    expect(await judge(least(0, 99), { policy })).toEqual([]);
    for (const [major, minor] of [
      [1, 52],
      [2, 0],
    ] as const) {
      expect(await judge(least(major, minor), { policy })).toEqual(['abi-too-old snp.guest-policy.abi']);
    }
  });

  it('each flag of guest policy and platform is compared', async () => {
    const { snp } = policyOf(turin) as PolicyOf<'sev-snp'>;
    for (const [field, record] of [
      ['guestPolicy', snp.guestPolicy],
      ['platformInfo', snp.platformInfo],
    ] as const) {
      const report = flags(turin);
      const got = field === 'guestPolicy' ? report.policy : report.platformInfo;
      for (const name of Object.keys(record).filter((each) => each !== 'abiMinimum')) {
        const is = got[name as keyof typeof got] as boolean;
        const right = { [field]: { ...record, [name]: is } } as Partial<SnpPolicy>;
        const wrong = { [field]: { ...record, [name]: !is } } as Partial<SnpPolicy>;
        expect(await judge(right, {}, turin)).toEqual([]);
        expect(await judge(wrong, {}, turin)).toEqual([expect.stringMatching(/^flag-mismatch snp\./)]);
      }
    }
  });

  it('a report that the host asked for is refused', async () => {
    expect(await judge({ vmpl: 'any' }, { vmpl: 0xffff_ffff })).toEqual(['report-of-host snp.vmpl']);
  });

  it('a machine list is held, and a machine that is not told from others is undecided', async () => {
    const machines = [await genoa.machineIdentity()];
    const listed = { ...policyOf(genoa), machines } as PolicyDocument;
    expect(await findingsOf(genoa, { policy: listed })).toEqual([]);
    const other = { ...policyOf(genoa), machines: ['00'.repeat(32)] } as PolicyDocument;
    expect(await findingsOf(genoa, { policy: other })).toEqual(['machine-not-allowed machine.identity']);
    const vlek = await mintGuest('sev-snp', { snp: { kind: 'VLEK' } });
    const { result } = await appraiseGuest(vlek, {
      policy: { ...policyOf(vlek), machines } as PolicyDocument,
    });
    expect(result).toMatchObject({ outcome: 'undecided', findings: [{ code: 'identity-unknown' }] });
  });

  it('collateral that is older than the policy takes decides nothing', async () => {
    // Issued twelve days before.
    for (const [days, outcome] of [
      [12, 'accepted'],
      [11, 'undecided'],
    ] as const) {
      const policy = { ...policyOf(genoa), maximumCollateralAge: days * 86_400 } as PolicyDocument;
      expect((await appraiseGuest(genoa, { policy })).result.outcome).toBe(outcome);
    }
  });

  it('speak for hardware, configuration, executables and instance', async () => {
    const { result } = await appraiseGuest(genoa, {
      policy: { ...policyOf(genoa), machines: [await genoa.machineIdentity()] } as PolicyDocument,
    });
    expect(result.trustworthiness).toEqual({
      'instance-identity': 2,
      configuration: 2,
      executables: 3,
      hardware: 2,
    });
    const refused = await appraiseGuest(genoa, {
      policy: policyOf(genoa, { measurement: wanting(digest(9, 48)), vmpl: [3] }),
    });
    expect(refused.result.trustworthiness).toMatchObject({ executables: 96, configuration: 96, hardware: 2 });
  });
});

/** Parts that a product has. */
function definedOf(tcb: (typeof MINT_TCB)['Turin']): Omit<SnpTcb, 'fmc'> & { readonly fmc?: number } {
  const { fmc, ...rest } = tcb;
  return fmc === undefined ? rest : { ...rest, fmc };
}
