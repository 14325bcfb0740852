import type { PolicyDocument } from '@asterism/contracts';
import { mintedPolicy, mintGuest, seedCluster, startTestDatabase } from '@asterism/testkit';
import type { Database } from '@asterism/persistence';
import type { GuestOptions, GuestVariant, MintedGuest, SeededCluster } from '@asterism/testkit';
import { MockVendor, publishAmd, publishChip, publishIntel } from '@asterism/testkit/collateral';
import { generateKeyPairSync } from 'node:crypto';
import { startNodeApplication, type NodeApplication } from '../node/node-application.ts';
import { RawPeer } from './raw-peer.ts';
import { createTestPlatform } from './test-platform.ts';

const DAY_MS = 86_400_000;

/** A node listener for machines of one variant, whose vendors are served on the loopback. */
export interface GuestApi {
  readonly guest: MintedGuest;
  readonly vendor: MockVendor;
  readonly database: Database;
  readonly node: NodeApplication;
  readonly seeded: SeededCluster;
  /** On a connection of its own. */
  peer(guest?: MintedGuest): Promise<RawPeer<MintedGuest>>;
  stop(): Promise<void>;
}

export interface GuestApiOptions extends GuestOptions {
  readonly policy?: (accepting: PolicyDocument) => PolicyDocument;
}

/** Pools of the variant accept the guest, which is of the control plane. */
export async function startGuestApi(
  variant: GuestVariant,
  { policy = (accepting) => accepting, ...options }: GuestApiOptions = {},
): Promise<GuestApi> {
  const now = new Date();
  const guest = await mintGuest(variant, {
    cluster: 'production',
    pool: 'control-plane',
    at: now,
    ...options,
  });
  const vendor = await MockVendor.start();
  const dates = {
    thisUpdate: new Date(now.getTime() - DAY_MS),
    nextUpdate: new Date(now.getTime() + 7 * DAY_MS),
  };
  const { snp, tdx } = guest.parts;
  if (snp !== null) {
    await publishAmd(vendor, snp.pki, await snp.pki.crl(dates));
    publishChip(vendor, snp);
  }
  if (tdx !== null) {
    await publishIntel(vendor, tdx, { issueDate: dates.thisUpdate, nextUpdate: dates.nextUpdate });
  }
  const test = await startTestDatabase();
  const { database } = test;
  const testPlatform = await createTestPlatform(database, { roots: guest.roots, base: vendor.base });
  const { platform } = testPlatform;
  const id = database.newId();
  const { clusterId, ...secrets } = platform.clusterRoots.create(id);
  const accepting = { ...mintedPolicy(guest), machines: [await guest.machineIdentity()] } as PolicyDocument;
  const seeded = await seedCluster(database, { id, clusterId, secrets, policy: policy(accepting) });
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const node = await startNodeApplication({
    platform,
    identity: { key, version: '0.1.0' },
    listen: { host: '127.0.0.1', port: 0 },
  });
  const peers: RawPeer<MintedGuest>[] = [];
  return {
    guest,
    vendor,
    database,
    node,
    seeded,
    peer: async (of = guest) => {
      const peer = await RawPeer.connect(node.url, of);
      peers.push(peer);
      return peer;
    },
    stop: async () => {
      for (const peer of peers) peer.close();
      await node.close();
      await testPlatform.stop();
      await test.stop();
      await vendor[Symbol.asyncDispose]();
    },
  };
}
