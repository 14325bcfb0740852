import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { snpCollateralFor, tdxCollateralFor, type CollateralNeed } from '@asterism/attestation';
import { fromHex, toHex } from '@asterism/bytes';
import { AMD_ROOTS, parseReport, verifyReport } from '@asterism/snp';
import { INTEL_SGX_ROOTS, parseTdxQuote, pckPlatformOf, verifyTdxQuote } from '@asterism/tdx';
import { chipPath, MockVendor, TestClock } from '@asterism/testkit/collateral';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { openCollateral } from '../open-collateral.ts';
import { amdKds } from './kds.ts';
import { intelPcs } from './pcs.ts';

const bytesOf = (...path: string[]) => new Uint8Array(readFileSync(join(VECTORS, ...path)));
const textOf = (...path: string[]) => readFileSync(join(VECTORS, ...path), 'utf8');

/** A source for the vendors' own roots at a time when their collateral was current. */
async function collectAt(vendor: MockVendor, at: Date, needs: readonly CollateralNeed[]) {
  const agent = new Agent();
  const { source } = openCollateral({
    vendors: [amdKds(vendor.base), intelPcs({ base: vendor.base, rootCrl: null, update: 'standard' })],
    roots: { amd: AMD_ROOTS, intel: INTEL_SGX_ROOTS },
    stores: [],
    dispatcher: agent,
    observer: {
      met: () => undefined,
      failed: () => undefined,
      storeFailed: () => undefined,
    },
    clock: new TestClock(at),
  });
  const collected = await source.collect(needs, { withinMilliseconds: 10_000 });
  await agent.destroy();
  return collected;
}

describe.skipIf(!VECTORS_PRESENT)("real collateral over the vendors' paths", () => {
  it("AMD's chain, list and certificate of a Genoa chip prove its report", async () => {
    const folder = 'snp/genoa-v3-routex';
    const report = bytesOf(folder, 'report.bin');
    const { chipId, reportedTcb: tcb } = parseReport(report);
    await using vendor = await MockVendor.start();
    vendor
      .publish('/vcek/v1/Genoa/cert_chain', { body: textOf(folder, 'ask.pem') + textOf(folder, 'ark.pem') })
      .publish('/vcek/v1/Genoa/crl', { body: bytesOf('trust-anchors/amd-crl-genoa/crl.der') })
      .publish(chipPath({ product: 'Genoa', hwId: chipId, tcb }), { body: bytesOf(folder, 'vcek.der') });
    const at = new Date('2025-08-19T22:15:42Z');
    const { collateral, missing } = await collectAt(vendor, at, [
      { kind: 'amd-chain', product: 'Genoa', key: 'VCEK' },
      { kind: 'amd-crl', product: 'Genoa', key: 'VCEK' },
      { kind: 'amd-vcek', product: 'Genoa', chipId: toHex(chipId), tcb },
    ]);
    expect(missing).toEqual([]);
    const { leaf, intermediates, crls } = snpCollateralFor(parseReport(report), [], collateral);
    if (leaf === undefined) throw new Error('no certificate of the chip');
    const order = { report, leaf, intermediates, crls, roots: AMD_ROOTS, at, requireCrl: true };
    expect((await verifyReport(order)).facts).toEqual([]);
  });

  it.each(
    VECTORS_PRESENT
      ? readdirSync(join(VECTORS, 'tdx')).filter((name) => /^v[45]-.*-uptodate$/.test(name))
      : [],
  )("Intel's documents and lists prove the quote %s", async (name) => {
    const folder = `tdx/${name}`;
    const quote = bytesOf(folder, 'quote.bin');
    const at = new Date((JSON.parse(textOf(folder, 'vector.json')) as { verifyAt: string }).verifyAt);
    const real = JSON.parse(textOf(folder, 'collateral.json')) as Record<string, string>;
    const part = (key: string) => real[key] ?? '';
    const answer = (text: string, member: string, header: string) => ({
      body: `{"${member}":${part(text)},"signature":"${part(`${text}_signature`)}"}`,
      headers: { [header]: encodeURIComponent(part(`${text}_issuer_chain`)) },
    });
    const { fmspc } = pckPlatformOf(parseTdxQuote(quote));
    await using vendor = await MockVendor.start();
    vendor
      .publish(
        `/tdx/certification/v4/tcb?fmspc=${fmspc}&update=standard`,
        answer('tcb_info', 'tcbInfo', 'TCB-Info-Issuer-Chain'),
      )
      .publish(
        '/tdx/certification/v4/qe/identity?update=standard',
        answer('qe_identity', 'enclaveIdentity', 'SGX-Enclave-Identity-Issuer-Chain'),
      )
      .publish('/sgx/certification/v4/pckcrl?ca=platform&encoding=der', {
        body: fromHex(part('pck_crl')),
        headers: { 'SGX-PCK-CRL-Issuer-Chain': encodeURIComponent(part('pck_crl_issuer_chain')) },
      })
      .publish('/sgx/certification/v4/rootcacrl', { body: part('root_ca_crl') });
    const { collateral, missing } = await collectAt(vendor, at, [
      { kind: 'intel-tcb-info', fmspc },
      { kind: 'intel-qe-identity' },
      { kind: 'intel-pck-crl', ca: 'platform' },
      { kind: 'intel-root-crl' },
    ]);
    expect(missing).toEqual([]);
    const own = tdxCollateralFor(parseTdxQuote(quote), collateral, at);
    const verified = await verifyTdxQuote({ quote, anchors: INTEL_SGX_ROOTS, at, collateral: own });
    expect(verified.tcbStatus).toBe('UpToDate');
  });
});
