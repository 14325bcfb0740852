import type { Collateral } from '@asterism/attestation';
import type { AppraisalResult, PolicyDocument } from '@asterism/contracts';
import { NO_COLLATERAL } from '@asterism/attestation';
import { evidence, inTransaction, policies, pools } from '@asterism/persistence';
import {
  collectFrom,
  MINT_BINDING,
  MINT_CLUSTER_ID,
  mintedPolicy,
  mintGuest,
  seedCluster,
  startTestDatabase,
  type GuestVariant,
  type MintedGuest,
  type SeededCluster,
  type TestDatabase,
} from '@asterism/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Platform } from '../platform/platform.ts';
import { createTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { DryRunService } from './dry-run.service.ts';

const VARIANTS: readonly GuestVariant[] = [
  'sev-snp',
  'tdx',
  'azure-sev-snp',
  'azure-tdx',
  'azure-trusted-launch',
  'gcp-sev-snp',
  'gcp-sev-es',
  'aws-sev-snp',
  'aws-nitro-tpm',
];

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

  /** A pool with one node, whose latest evidence is stored, as it is after any appraisal. */
  async function poolOf(guest: MintedGuest, name: string): Promise<void> {
    const { cluster } = seeded;
    const identity = await guest.machine();
    const sent = await collectFrom(guest);
    const document = mintedPolicy(guest);
    await inTransaction(test.database, async (tx) => {
      const pool = await pools.create(tx, cluster.id, {
        name,
        description: '',
        role: 'worker',
        variant: guest.variant,
      });
      await policies.create(tx, cluster.id, pool.id, { document, comment: '', createdBy: 'test' });
      const at = tx.now;
      await tx.queries
        .insertInto('machines')
        .values({
          identity,
          clusterId: cluster.id,
          poolId: pool.id,
          variant: guest.variant,
          ekPublic: null,
          createdAt: at,
        })
        .execute();
      await tx.queries
        .insertInto('nodes')
        .values({
          id: test.database.newId(),
          clusterId: cluster.id,
          poolId: pool.id,
          identity,
          name: `${name}-1`,
          state: 'member',
          createdAt: at,
          updatedAt: at,
        })
        .execute();
      await evidence.store(tx, cluster.id, {
        identity,
        evidence: sent,
        claims: {},
        binding: Buffer.from(MINT_BINDING).toString('hex'),
        trigger: 'interval',
      });
    });
  }

  /** With what the vendors publish, or less of it. */
  async function dryRun(
    guest: MintedGuest,
    pool: string,
    document: PolicyDocument,
    collateral: Collateral = guest.collateral,
  ): Promise<AppraisalResult | null | undefined> {
    const source = { collect: () => Promise.resolve({ collateral, used: [], missing: [] }) };
    const platform = new Platform({
      ...base.platform,
      collateral: { ...base.platform.collateral, source, roots: guest.roots },
    });
    const { nodes } = await new DryRunService(platform).run(seeded.cluster, pool, { document });
    expect(nodes).toHaveLength(1);
    return nodes[0]?.result;
  }

  const change = (document: PolicyDocument, edit: (copy: Editable) => void): PolicyDocument => {
    const copy = structuredClone(document) as unknown as Editable;
    edit(copy);
    return copy as unknown as PolicyDocument;
  };

  it.each(VARIANTS)(
    'of %s accepts what fits, names what does not, and asks for what is missing',
    async (variant) => {
      const guest = await mintGuest(variant, { at: new Date() });
      const pool = `pool-${variant}`;
      await poolOf(guest, pool);
      const document = mintedPolicy(guest);
      expect(await dryRun(guest, pool, document)).toMatchObject({ outcome: 'accepted', variant });

      const stranger = change(document, (copy) => (copy.machines = ['0'.repeat(64)]));
      expect(await dryRun(guest, pool, stranger)).toMatchObject({
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
      const result = await dryRun(guest, pool, warned);
      expect(result).toMatchObject({ outcome: 'accepted', status: 'warning' });
      expect(result?.findings.length).toBeGreaterThan(0);

      const needsCollateral = guest.collateral.crls.length + guest.collateral.tdx.length > 0;
      const without = await dryRun(guest, pool, document, NO_COLLATERAL);
      expect(without?.outcome).toBe(needsCollateral ? 'undecided' : 'accepted');
      if (needsCollateral) expect(without?.findings[0]?.message).not.toBe('');
    },
  );
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
