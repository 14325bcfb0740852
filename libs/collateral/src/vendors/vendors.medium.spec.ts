import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollateralNeed } from '@asterism/attestation';
import { toHex } from '@asterism/bytes';
import { verifyReport } from '@asterism/snp';
import { MINT_AT, mintSnp } from '@asterism/testkit';
import {
  chipPath,
  intelPaths,
  LoopbackVendors,
  MockVendor,
  publishIntel,
} from '@asterism/testkit/collateral';
import { Agent } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let vendors: LoopbackVendors;
beforeAll(async () => {
  vendors = await LoopbackVendors.start();
});
afterEach(() => vendors.reset());
afterAll(() => vendors[Symbol.asyncDispose]());

const CHAIN: CollateralNeed = { kind: 'amd-chain', product: 'Milan', key: 'VCEK' };
const CRL: CollateralNeed = { kind: 'amd-crl', product: 'Milan', key: 'VCEK' };
const CHAIN_PATH = '/vcek/v1/Milan/cert_chain';
const CRL_PATH = '/vcek/v1/Milan/crl';

describe("AMD's Key Distribution Service", () => {
  it('gives all that a report of a chip is proved with', async () => {
    const { collect } = vendors.source();
    const { collateral, missing } = await collect(CHAIN, CRL, vendors.chipOf(vendors.milan));
    expect(missing).toEqual([]);
    const verified = await verifyReport({
      report: await vendors.milan.report(),
      leaf: vendors.milan.leaf,
      intermediates: collateral.certificates.filter(
        ({ der }) => toHex(der) !== toHex(vendors.milan.leaf.der),
      ),
      roots: vendors.milan.roots,
      at: MINT_AT,
      crls: collateral.crls,
      requireCrl: true,
    });
    expect(verified.facts).toEqual([]);
    expect(vendors.vendor.requests.toSorted()).toEqual(
      [CHAIN_PATH, CRL_PATH, chipPath(vendors.milan)].toSorted(),
    );
  });

  it("asks for Turin's chips by 8 bytes and with FMC", async () => {
    const { collect } = vendors.source();
    expect((await collect(vendors.chipOf(vendors.turin))).missing).toEqual([]);
    expect(vendors.vendor.requests).toContainEqual(
      expect.stringMatching(/^\/vcek\/v1\/Turin\/[0-9a-f]{16}\?fmcSPL=\d+&blSPL=/),
    );
  });

  it("asks for a provider's chain and list in their own folder", async () => {
    const { collect } = vendors.source();
    const needs = [
      { kind: 'amd-chain', product: 'Milan', key: 'VLEK' },
      { kind: 'amd-crl', product: 'Milan', key: 'VLEK' },
    ] as const;
    expect((await collect(...needs)).missing).toEqual([]);
    expect(vendors.vendor.requests.every((path) => path.startsWith('/vlek/v1/Milan/'))).toBe(true);
  });

  it('is asked below the path of a mirror', async () => {
    const chain = vendors.vendor.base.href;
    const { collect } = vendors.source({ base: new URL('mirror/amd', chain) });
    expect((await collect(CHAIN)).missing).toHaveLength(1);
    expect(vendors.vendor.requests).toEqual([`/mirror/amd${CHAIN_PATH}`]);
  });

  it('does not know every chip, and is not asked again at once', async () => {
    const { collect, clock } = vendors.source();
    const need = vendors.chipOf(await mintSnp());
    expect((await collect(need)).missing[0]?.error).toMatchObject({
      code: 'collateral-unknown',
      outcome: 'undecided',
    });
    clock.advance(60_000);
    await collect(need);
    expect(vendors.vendor.count('/vcek/v1/Milan/')).toBe(1);
  });
});

describe("Intel's PCS", () => {
  it('gives all that a quote is proved with', async () => {
    const { collect } = vendors.source();
    const { collateral, missing } = await collect(...vendors.intelNeeds);
    expect(missing).toEqual([]);
    expect(collateral.crls).toHaveLength(2);
    expect(collateral.tdx.flatMap(({ tcbInfo, qeIdentity }) => tcbInfo ?? qeIdentity ?? [])).toHaveLength(2);
    const { tcbInfo, qeIdentity, platformCrl, rootCrl } = intelPaths(vendors.tdx);
    expect(vendors.vendor.requests.toSorted()).toEqual(
      [tcbInfo, qeIdentity, platformCrl, rootCrl].toSorted(),
    );
  });

  it("has the root's list in a file apart", async () => {
    const { collect } = vendors.source({ rootCrl: new URL('IntelSGXRootCA.der', vendors.vendor.base) });
    expect((await collect({ kind: 'intel-root-crl' })).missing).toEqual([]);
    expect(vendors.vendor.requests).toContain('/IntelSGXRootCA.der');
  });

  it('is asked for early documents where that is configured', async () => {
    const { collect } = vendors.source({ update: 'early' });
    await collect({ kind: 'intel-qe-identity' });
    expect(vendors.vendor.requests).toEqual(['/tdx/certification/v4/qe/identity?update=early']);
  });

  it('is not believed without the issuers in their header', async () => {
    const { qeIdentity } = intelPaths(vendors.tdx);
    const answers = await vendors.tdx.answers();
    vendors.vendor.fail(qeIdentity, { kind: 'other-page', page: { body: answers.qeIdentity?.body ?? '' } });
    const { collect } = vendors.source();
    expect((await collect({ kind: 'intel-qe-identity' })).missing[0]?.error).toMatchObject({
      code: 'item-malformed',
    });
  });
});

describe('over HTTPS', () => {
  it('a certificate that nobody vouches for ends the connection, and one of the own authority does not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'asterism-pccs-'));
    try {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      execFileSync(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
          ...['-subj', '/CN=pccs', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
        ],
        { stdio: 'ignore' },
      );
      const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
      await using pccs = await MockVendor.start({ tls });
      await publishIntel(pccs, vendors.tdx);
      const { missing } = await vendors.source({ base: pccs.base }).collect({ kind: 'intel-qe-identity' });
      expect(missing[0]?.error).toMatchObject({ code: 'collateral-unavailable' });
      expect(pccs.requests).toEqual([]);
      const dispatcher = new Agent({ connect: { ca: tls.cert } });
      expect(
        (await vendors.source({ base: pccs.base, dispatcher }).collect(...vendors.intelNeeds)).missing,
      ).toEqual([]);
      await dispatcher.destroy();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
