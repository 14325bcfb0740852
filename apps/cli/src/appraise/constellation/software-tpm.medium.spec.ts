import { lockDigest } from '@asterism/attestation';
import { sha256, toHex } from '@asterism/bytes';
import { MINT_AT, softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { createAk, decodePublic, loadAk, quote, toSpki, Tpm } from '@asterism/tpm';
import { openTpmUnixSocket } from '@asterism/tpm-device';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintConstellationDocument, type Quoter } from '../../testing/constellation-document.ts';
import { EvidenceFiles } from '../../testing/evidence-files.ts';
import { runAppraise } from '../../testing/run-appraise.ts';

const files = new EvidenceFiles();
const NONCE = new Uint8Array(32).fill(0x0c);
const ALL = Array.from({ length: 24 }, (_, pcr) => pcr);

let tpms: SoftwareTpms;
let tpm: Tpm;
let akPublic: Uint8Array;
let node: Quoter;
beforeAll(async () => {
  tpms = await softwareTpms();
  tpm = new Tpm(await openTpmUnixSocket((await tpms.start('node')).dataSocket));
  const key = await loadAk(tpm, await createAk(tpm, { type: 'rsa' }));
  akPublic = key.publicArea;
  node = async (data) => ({ ...(await quote(tpm, key, data, { bank: 'sha256', pcrs: ALL })), akPublic });
});
afterAll(async () => {
  await tpm.close();
  await tpms.remove();
  files.remove();
});

async function appraise(...argv: readonly string[]) {
  const document = await mintConstellationDocument({ ak: node, nonce: NONCE, instanceInfo: null });
  const evidence = ['--format', 'constellation', '--evidence', files.write(document)];
  return runAppraise(...evidence, '--at', MINT_AT.toISOString(), '--nonce', toHex(NONCE), ...argv);
}

describe('a node of Constellation on QEMU, with a real TPM', () => {
  it('is verified by its key and its values, before it is locked into the cluster and after', async () => {
    const spki = toSpki(decodePublic(akPublic));
    expect(await appraise('--part', `ak=${files.write(spki)}`)).toMatchObject({ exitCode: 0 });
    const digest = toHex(await sha256(spki));
    const any = { mode: 'enforce', values: 'any' };
    const policy = files.write({
      schema: 'asterism/policy/v1',
      variant: 'tpm',
      reattestationInterval: 60,
      maximumCollateralAge: 'any',
      approval: 'automatic',
      tpm: {
        bank: 'sha256',
        pcrs: Object.fromEntries(ALL.filter((pcr) => pcr !== 15).map((pcr) => [pcr, any])),
        eventLog: 'any',
        attestationKey: { trust: 'pinned', keys: [digest] },
      },
    });
    expect(await appraise('--policy', policy)).toMatchObject({
      exitCode: 0,
      report: { outcome: 'accepted' },
    });
    const cluster = new Uint8Array(32).fill(0xcc);
    await tpm.pcrExtend(15, new Map([['sha256', await lockDigest('sha256', cluster)]]));
    expect(await appraise('--policy', policy)).toMatchObject({
      exitCode: 2,
      first: { code: 'cluster-id-missing' },
    });
    expect(await appraise('--policy', policy, '--cluster-id', toHex(cluster))).toMatchObject({ exitCode: 0 });
    expect(await appraise('--policy', policy, '--cluster-id', '00'.repeat(32))).toMatchObject({
      exitCode: 1,
      first: { claim: 'tpm.pcr.15' },
    });
  });
});
