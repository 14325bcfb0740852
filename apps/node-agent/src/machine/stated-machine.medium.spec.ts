import { lockedPcr15, NO_COLLATERAL, parseEvidence, verifyEvidence } from '@asterism/attestation';
import { toHex } from '@asterism/bytes';
import type { EvidenceRequest } from '@asterism/contracts';
import { GUEST_VARIANTS, MINT_AT, softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { canMount } from '@asterism/testkit/kernel';
import type { SoftwareTpm } from '@asterism/tpm-device';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { BOOT_ID, CloudMachine } from '../testing/cloud-machine.ts';
import type { StatedVariant } from './open-devices.ts';
import { openStatedMachine, type StatedMachineOptions } from './open-stated-machine.ts';

const BINDING = new Uint8Array(32).fill(0x0b);
const CLUSTER = new Uint8Array(32).fill(9);

function requestOf(variant: StatedVariant): EvidenceRequest {
  if (variant === 'sev-snp' || variant === 'tdx' || variant === 'aws-nitro-tpm') return { variant };
  return { variant, bank: 'sha256', pcrs: [4, 15] };
}

describe.skipIf(!(await canMount()))('a machine that states its identity (needs root and /dev/fuse)', () => {
  let tpms: SoftwareTpms;
  let software: SoftwareTpm;
  let state: string;
  let cloud: CloudMachine | null;
  beforeAll(async () => {
    tpms = await softwareTpms();
    software = await tpms.start('a');
  });
  afterAll(() => tpms.remove());
  beforeEach(async () => {
    await software.reboot();
    state = await mkdtemp(join(tmpdir(), 'asterism-state-'));
    cloud = null;
  });
  afterEach(async () => {
    await cloud?.close();
    await rm(state, { recursive: true });
  });

  async function boot(variant: StatedVariant): Promise<[CloudMachine, StatedMachineOptions]> {
    cloud = await CloudMachine.boot(variant, software.dataSocket);
    return [
      cloud,
      {
        variant,
        tpm: cloud.tpmAddress,
        roots: cloud.deviceRoots,
        imds: { base: cloud.metadata, timeout: 5_000 },
        attestationKeyFile: join(state, 'attestation-key.json'),
        bootRecordFile: join(state, 'boot.json'),
        eventLog: null,
        akIssuers: cloud.vtpm.chain?.intermediates.map(({ der }) => der) ?? [],
        target: { cluster: 'local', pool: 'workers' },
        random: (length) => new Uint8Array(randomBytes(length)),
        log: createLogger('fatal'),
      },
    ];
  }

  async function verify(envelope: unknown, { variant, snp, tdx, roots, vtpm }: CloudMachine) {
    return verifyEvidence(parseEvidence(JSON.parse(JSON.stringify(envelope))), {
      binding: BINDING,
      request: requestOf(variant),
      activated: null,
      ekPublic: null,
      anchors: { endorsement: [], attestation: vtpm.chain?.anchors ?? [] },
      roots,
      collateral: {
        ...NO_COLLATERAL,
        certificates: [snp.leaf, ...snp.intermediates],
        crls: [await snp.pki.crl()],
        tdx: [await tdx.collateral()],
      },
      now: MINT_AT,
    });
  }

  it.each(GUEST_VARIANTS)(
    'proves the identity and the boot that it states, and locks once: %s',
    async (variant) => {
      const [machineOf, options] = await boot(variant);
      const machine = await openStatedMachine(options);
      const order = { request: requestOf(variant), binding: BINDING };
      const verified = await verify(await machine.collect(order), machineOf);
      expect(await machine.identity()).toEqual({ variant, ...options.target, identity: verified.identity });
      expect(machine.boot).toBe(verified.bootIdentity ?? BOOT_ID);
      const certified = machineOf.vtpm.chain === null ? undefined : 'trusted';
      if (certified) expect(verified.quote?.attestationCertificate.kind).toBe(certified);
      expect(await machine.isLocked()).toBe(false);
      await machine.lock(CLUSTER);
      expect(await machine.isLocked()).toBe(true);
      await expect(machine.lock(CLUSTER)).rejects.toMatchObject({ code: 'lock-foreign' });
      const { quote } = await verify(await machine.collect(order), machineOf);
      if (quote)
        expect(toHex(quote.pcrs.get(15) ?? CLUSTER)).toBe(toHex(await lockedPcr15('sha256', CLUSTER)));
      await machine.close();
    },
  );

  it.each(GUEST_VARIANTS)(
    'S20 is the same machine in the same boot when its agent is started again: %s',
    async (variant) => {
      const [, options] = await boot(variant);
      const first = await openStatedMachine(options);
      const [identity, { boot: before }] = [await first.identity(), first];
      await first.lock(CLUSTER);
      await first.close();
      const second = await openStatedMachine(options);
      expect(await second.identity()).toEqual(identity);
      expect(second.boot).toBe(before);
      expect(await second.isLocked()).toBe(true);
      expect(second.keyIsNew).toBe(false);
      await second.close();
    },
  );

  it('has nothing to activate', async () => {
    const [, options] = await boot('sev-snp');
    const machine = await openStatedMachine(options);
    const activation = machine.activate({ credentialBlob: 'AA', secret: 'AA' });
    await expect(activation).rejects.toMatchObject({ code: 'activation-unfit' });
    await machine.close();
  });

  it('says that a variant needs a TPM, or what its own cloud has not left there', async () => {
    const [, options] = await boot('aws-nitro-tpm');
    const open = (changes: Partial<StatedMachineOptions>) => openStatedMachine({ ...options, ...changes });
    await expect(open({ tpm: null })).rejects.toMatchObject({ code: 'configuration-invalid' });
    await expect(open({ variant: 'azure-sev-snp' })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(open({ variant: 'gcp-sev-es' })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(open({ variant: 'tdx' })).rejects.toMatchObject({ code: 'provider-unexpected' });
  });
});
