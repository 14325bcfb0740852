import type { AppraisalResult, DryRun, PolicyDocument } from '@asterism/contracts';
import { NO_COLLATERAL, type Collateral } from '@asterism/attestation';
import { evidence, inTransaction, pools } from '@asterism/persistence';
import {
  GUEST_VARIANTS,
  collectFrom,
  MINT_BINDING,
  MINT_CLUSTER_ID,
  mintedPolicy,
  mintGuest,
  seedCluster,
  startTestDatabase,
  type MintedGuest,
  type SeededCluster,
  type TestDatabase,
} from '@asterism/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Platform } from '../platform/platform.ts';
import { createTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { DryRunService } from './dry-run.service.ts';

describe('a dry run of confidential machines', () => {
  let test: TestDatabase;
  let base: TestPlatform;
  let seeded: SeededCluster;
  beforeAll(async () => {
    test = await startTestDatabase();
    base = await createTestPlatform(test.database);
    seeded = await seedCluster(test.database, { clusterId: Buffer.from(MINT_CLUSTER_ID).toString('hex') });
  });
  afterAll(async () => {
    await base.stop();
    await test.stop();
  });

  /** A pool with nodes, whose latest evidence is stored, as it is after any appraisal. */
  async function poolOf(name: string, ...guests: readonly MintedGuest[]): Promise<void> {
    const clusterId = seeded.cluster.id;
    const [{ variant } = { variant: 'sev-snp' as const }] = guests;
    const sent = await Promise.all(
      guests.map(async (guest) => ({
        identity: await guest.machineIdentity(),
        evidence: await collectFrom(guest),
      })),
    );
    await inTransaction(test.database, async (tx) => {
      const pool = await pools.create(tx, clusterId, {
        name,
        description: '',
        role: 'worker',
        variant,
        stateDiskKdf: 'pbkdf2',
      });
      const at = { createdAt: tx.now };
      for (const [index, { identity, evidence: stored }] of sent.entries()) {
        const machine = { identity, clusterId, poolId: pool.id, ...at };
        await tx.queries
          .insertInto('machines')
          .values({ ...machine, variant, ekPublic: null })
          .execute();
        await tx.queries
          .insertInto('nodes')
          .values({
            ...machine,
            id: test.database.newId(),
            name: `${name}-${index + 1}`,
            state: 'member',
            updatedAt: tx.now,
          })
          .execute();
        await evidence.store(tx, clusterId, {
          identity,
          evidence: stored,
          claims: {},
          binding: Buffer.from(MINT_BINDING).toString('hex'),
          trigger: 'interval',
        });
      }
    });
  }

  function dryRun(
    { roots }: MintedGuest,
    pool: string,
    document: PolicyDocument,
    collect: () => Promise<Collateral>,
  ): Promise<DryRun> {
    const source = { collect: async () => ({ collateral: await collect(), used: [], missing: [] }) };
    const collateral = { ...base.platform.collateral, source, roots };
    const platform = new Platform({ ...base.platform, collateral });
    return new DryRunService(platform).run(seeded.cluster, pool, { document });
  }

  /** Of the one node of a pool, with what the vendors publish, or less of it. */
  async function resultOf(
    guest: MintedGuest,
    pool: string,
    document: PolicyDocument,
    collateral: Collateral = guest.collateral,
  ): Promise<AppraisalResult | null | undefined> {
    const { nodes } = await dryRun(guest, pool, document, () => Promise.resolve(collateral));
    expect(nodes).toHaveLength(1);
    return nodes[0]?.result;
  }

  const change = (document: PolicyDocument, edit: (copy: Editable) => void): PolicyDocument => {
    const copy = structuredClone(document) as unknown as Editable;
    edit(copy);
    return copy as unknown as PolicyDocument;
  };

  it.each(GUEST_VARIANTS)(
    'of %s accepts what fits, refuses or warns of what does not, and names what is missing',
    async (variant) => {
      const guest = await mintGuest(variant, { at: new Date() });
      const pool = `pool-${variant}`;
      await poolOf(pool, guest);
      const document = mintedPolicy(guest);
      expect(await resultOf(guest, pool, document)).toMatchObject({ outcome: 'accepted', variant });

      const stranger = change(document, (copy) => (copy.machines = ['0'.repeat(64)]));
      expect(await resultOf(guest, pool, stranger)).toMatchObject({
        outcome: 'refused',
        status: 'contraindicated',
      });

      const warned = change(document, (copy) => {
        for (const register of registersOf(copy)) {
          register.mode = 'warn';
          register.values = register.values.map(({ digest }) => ({
            digest: 'f'.repeat(digest.length),
            comment: 'another image',
          }));
        }
      });
      const result = await resultOf(guest, pool, warned);
      expect(result).toMatchObject({ outcome: 'accepted', status: 'warning' });
      expect(result?.findings.length).toBeGreaterThan(0);

      const needsCollateral = guest.collateral.crls.length + guest.collateral.tdx.length > 0;
      const without = await resultOf(guest, pool, document, NO_COLLATERAL);
      expect(without?.outcome).toBe(needsCollateral ? 'undecided' : 'accepted');
      // What is missing has a name, and is not taken for something that the node would have to send again.
      if (needsCollateral)
        expect(without?.findings[0]?.message).toMatch(/revocation list|root-crl, pck-crl, tcb-info/);
    },
  );

  it('S10 asks for the collateral of all nodes at once', async () => {
    const [first, second] = [
      await mintGuest('sev-snp', { at: new Date() }),
      await mintGuest('sev-snp', { at: new Date() }),
    ];
    await poolOf('crowd', first, second);
    let asked = 0;
    let release: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (release = resolve));
    const { summary } = await dryRun(first, 'crowd', mintedPolicy(first), async () => {
      if (++asked === 2) release();
      await all;
      return first.collateral;
    });
    expect(summary).toMatchObject({ accepted: 2, undecided: 0 });
  });
});

interface Editable {
  machines: unknown;
  [section: string]: unknown;
}
interface Register {
  mode: string;
  values: { digest: string; comment: string }[];
}

/** Every register of a policy that has values, but the one that the lock extends: another value of it is another cluster's lock. */
function registersOf(value: unknown, name = ''): readonly Register[] {
  if (typeof value !== 'object' || value === null || name === 'rtmr2') return [];
  if ('mode' in value && 'values' in value) return Array.isArray(value.values) ? [value as Register] : [];
  return Object.entries(value).flatMap(([key, member]) => registersOf(member, key));
}
