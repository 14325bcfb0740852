import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { toHex, utf8 } from '@asterism/bytes';
import { readBundle, toBundle } from '@asterism/collateral';
import {
  mintSnpPki,
  mintTdxMachine,
  mintTdxPki,
  type MintedSnpMachine,
  type MintedTdxMachine,
} from '@asterism/testkit';
import { MockVendor, publishAmd, publishChip, publishIntel } from '@asterism/testkit/collateral';
import { toPem, type Certificate } from '@asterism/x509';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AppraisalReport } from '../appraise/report.ts';
import type { Context } from '../context.ts';
import { runProgram } from '../program.ts';
import { runCommand } from '../testing/run-appraise.ts';
import { needsOfSite } from './needs.ts';
import { collectOnline } from './online.ts';
import { partsOf } from './parts.ts';

const DAY = 24 * 3600 * 1000;
const [notBefore, notAfter] = [new Date(Date.now() - DAY), new Date(Date.now() + DAY)];

let snp: MintedSnpMachine;
let tdx: MintedTdxMachine;
let vendor: MockVendor;
let folder: string;
beforeAll(async () => {
  const dates = { thisUpdate: notBefore, nextUpdate: notAfter };
  const pki = await mintSnpPki('Genoa', { validity: { notBefore, notAfter } });
  snp = await pki.machine();
  tdx = await mintTdxMachine(await mintTdxPki({ validity: { notBefore, notAfter } }));
  vendor = await MockVendor.start();
  await publishAmd(vendor, pki, await pki.crl(dates));
  publishChip(vendor, snp);
  await publishIntel(vendor, tdx, { issueDate: notBefore, nextUpdate: notAfter });
});
afterAll(() => vendor[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-cli-collateral-'));
  vendor.requests.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));

function contextOf(notes: string[] = []): Context {
  const all = {
    ASTERISM_AMD_KDS: vendor.base.href,
    ASTERISM_INTEL_PCS: vendor.base.href,
    XDG_CACHE_HOME: folder,
  };
  return {
    environment: { api: undefined, ca: undefined, tokenFile: undefined, noColour: true, all },
    signal: new AbortController().signal,
    terminal: { note: (text: string) => void notes.push(text) },
  } as unknown as Context;
}

const chip = () => {
  const { fmc, bootloader, tee, snp: firmware, microcode } = snp.tcb;
  return `Genoa/${toHex(snp.hwId)}/${[...(fmc === undefined ? [] : [fmc]), bootloader, tee, firmware, microcode].join('.')}`;
};

describe('collateral of a site', () => {
  it('is fetched once, kept in the cache folder, and carried as a bundle', async () => {
    const needs = needsOfSite({ chip: [chip()], fmspc: [toHex(tdx.fields.fmspc).toUpperCase()] });
    expect(needs.map(({ kind }) => kind)).toEqual([
      ...['amd-chain', 'amd-crl', 'amd-chain', 'amd-crl', 'amd-vcek'],
      ...['intel-tcb-info', 'intel-qe-identity', 'intel-pck-crl', 'intel-pck-crl', 'intel-root-crl'],
    ]);
    const roots = { amd: snp.roots, intel: tdx.anchors };
    const notes: string[] = [];
    const { used, missing } = await collectOnline(contextOf(notes), needs, roots);
    expect([missing, notes]).toEqual([[], []]);
    const asked = vendor.requests.length;
    expect(await readdir(join(folder, 'asterism', 'collateral'))).toHaveLength(needs.length);
    expect((await collectOnline(contextOf(), needs, roots)).missing).toEqual([]);
    expect(vendor.requests).toHaveLength(asked);
    const bundle = toBundle(used.map(({ item }) => item));
    expect(readBundle(utf8(JSON.stringify(bundle))).items.map(({ source }) => source)).toEqual(
      Array(needs.length).fill(vendor.base.host),
    );
  });

  it("is not believed under any root but the vendors'", async () => {
    const { used, missing } = await collectOnline(contextOf(), needsOfSite({ product: ['Genoa'] }));
    expect(used).toEqual([]);
    expect(missing.map(({ error }) => error.code)).toEqual(Array(4).fill('collateral-refused'));
  });
});

describe('asterism appraise --online', () => {
  const appraise = async (format: string, evidence: Uint8Array, root: Certificate, ...argv: string[]) => {
    const [file, anchor] = [join(folder, 'evidence'), join(folder, 'root.pem')];
    await writeFile(file, evidence);
    await writeFile(anchor, toPem(root.der));
    const { environment } = contextOf();
    const out = new PassThrough();
    const exitCode = await runProgram({
      argv: ['appraise', '--json', '--format', format, '--evidence', file, '--trust-anchor', anchor, ...argv],
      environment,
      signal: new AbortController().signal,
      out: out as unknown as NodeJS.WriteStream,
      err: new PassThrough() as unknown as NodeJS.WriteStream,
    });
    const { outcome, findings } = JSON.parse(String(out.read())) as AppraisalReport;
    return { exitCode, outcome, codes: findings.map(({ code }) => code) };
  };

  it('asks the vendor for what a report and a quote are verified with', async () => {
    const genuine = {
      exitCode: 0,
      outcome: 'genuine',
      codes: ['laboratory-trust-anchor', 'report-data-unchecked'],
    };
    const ark = snp.pki.ark.certificate;
    expect(await appraise('snp-report', await snp.report(), ark, '--online')).toEqual(genuine);
    const root = tdx.pki.root.certificate;
    expect(await appraise('tdx-quote', await tdx.quote(), root, '--online')).toEqual(genuine);
    expect(vendor.requests.length).toBeGreaterThan(6);
  });

  it('is undecided where the vendor has nothing, and says why; without it there is no network', async () => {
    const other = await snp.pki.machine();
    const ark = snp.pki.ark.certificate;
    const run = await appraise('snp-report', await other.report(), ark, '--online');
    expect(run).toMatchObject({ exitCode: 2, outcome: 'undecided' });
    expect(run.codes).toContain('collateral-unknown');
    vendor.requests.length = 0;
    expect(await appraise('snp-report', await snp.report(), ark)).toMatchObject({ exitCode: 2 });
    expect(vendor.requests).toEqual([]);
  });
});

describe('asterism collateral', () => {
  it.each([
    [['export', '--online', '--out', '/nowhere/x'], 'needs --product, --chip or --fmspc'],
    [['export', '--online', '--out', '/nowhere/x', '--product', 'Naples'], '--product names nothing'],
    [['export', '--online', '--out', '/nowhere/x', '--fmspc', '12'], '--fmspc names nothing'],
    [['export', '--online', '--out', '/nowhere/x', '--chip', 'Milan/ab/1.2.3.4'], '--chip names nothing'],
  ])('%j is bad usage', async (argv, message) => {
    const { exitCode, err } = await runCommand('collateral', ...argv);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });

  it('names the file that is no bundle', async () => {
    const file = join(folder, 'bundle.json');
    await writeFile(file, '{"schema":"x"}');
    const { exitCode, err } = await runCommand('collateral', 'import', file);
    expect(exitCode).toBe(2);
    expect(err).toContain(file);
    expect(await readFile(file, 'utf8')).toBe('{"schema":"x"}');
  });
});

describe('a bundle in parts', () => {
  const item = (length: number) => ({
    kind: 'amd-crl' as const,
    key: 'Milan/VCEK',
    fetchedAt: notBefore.toISOString(),
    source: 'x',
    content: 'A'.repeat(length),
    issuerChain: null,
  });
  const sizes = (...lengths: number[]) =>
    partsOf({ schema: 'asterism/collateral/v1', items: lengths.map(item) }).map(({ items }) => items.length);

  it('has whole items, in order, each part within a request', () => {
    expect(sizes(100, 200)).toEqual([2]);
    expect(sizes(400_000, 400_000, 400_000, 100)).toEqual([2, 2]);
    expect(sizes(100, 2_000_000, 100)).toEqual([1, 1, 1]);
    expect(sizes()).toEqual([0]);
  });
});
