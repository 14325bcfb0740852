import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { MINT_AT, mintSnp, type MintedSnpMachine } from '@asterism/testkit';
import { toPem } from '@asterism/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EvidenceFiles } from '../testing/evidence-files.ts';
import { runAppraise, runCommand } from '../testing/run-appraise.ts';

const files = new EvidenceFiles();
const folder = new EvidenceFiles();
afterAll(() => {
  files.remove();
  folder.remove();
});

let machine: MintedSnpMachine;
let argv: readonly string[];
beforeAll(async () => {
  machine = await mintSnp();
  const report = await machine.report();
  const root = files.pem(machine.pki.ark.certificate);
  argv = ['--format', 'snp-report', '--evidence', files.write(report), '--trust-anchor', root];
  argv = [...argv, '--at', MINT_AT.toISOString()];
  // The folder of a piece of evidence: collateral under any name, and what else lies there.
  folder.write(report, 'report.bin');
  folder.write({ id: 'a manifest' }, 'vector.json');
  folder.write('# Read me', 'README.md');
  folder.write('', 'empty');
  folder.write(machine.leaf.der, 'a');
  folder.write(machine.intermediates.map(({ der }) => toPem(der)).join('and some text\n'), 'b.txt');
  folder.write(machine.leaf.der, 'once-again.crt');
  mkdirSync(`${folder.folder}/subfolder`);
  symlinkSync('/nonexistent', `${folder.folder}/broken-link`);
});

describe('--collateral', () => {
  it('finds out by content what a folder holds, and passes over what is none', async () => {
    const run = await runAppraise(...argv, '--collateral', folder.folder);
    expect(run.exitCode).toBe(0);
    const skipped = run.report.findings.find(({ code }) => code === 'collateral-skipped');
    for (const name of ['report.bin', 'vector.json', 'README.md', 'empty'])
      expect(skipped?.got).toContain(name);
  });

  it('passes over a file that was named and is none', async () => {
    const named = ['report.bin', 'vector.json', 'a', 'b.txt'].flatMap((name) => [
      '--collateral',
      `${folder.folder}/${name}`,
    ]);
    const run = await runAppraise(...argv, ...named);
    expect(run.exitCode).toBe(0);
    const skipped = run.report.findings.find(({ code }) => code === 'collateral-skipped');
    expect(skipped?.got?.split(', ')).toHaveLength(2);
  });

  it('is bad usage where a file that was named is a broken certificate, or is not there', async () => {
    const cut = files.write(machine.leaf.der.slice(0, -1));
    const named = await runAppraise(...argv, '--collateral', cut);
    expect(named).toMatchObject({ exitCode: 2, report: { error: { code: 'file-malformed' } } });
    const absent = await runAppraise(...argv, '--collateral', `${folder.folder}/absent`);
    expect(absent).toMatchObject({ exitCode: 2, report: { error: { code: 'file-unreadable' } } });
  });
});

describe('the command line', () => {
  it.each([
    [['--format', 'sgx-quote'], 'format-unsupported'],
    [['--format', 'constructor'], 'format-unsupported'],
    [['--part', 'ak=/dev/null'], 'usage'],
    [['--part', 'vcek'], 'usage'],
    [['--part', 'vcek=/dev/null', '--part', 'vcek=/dev/null'], 'usage'],
    [['--nonce', 'xyz'], 'usage'],
    [['--nonce', 'abc'], 'usage'],
    [['--report-data', '00'.repeat(65)], 'usage'],
    [['--at', 'yesterday'], 'usage'],
    [['--policy', '/nonexistent'], 'file-unreadable'],
    [['--trust-anchor', '/nonexistent'], 'file-unreadable'],
    [['--unknown'], 'usage'],
  ])('%j is bad usage, exit 2', async (more, code) => {
    expect(await runAppraise(...argv, ...more)).toMatchObject({ exitCode: 2, report: { error: { code } } });
  });

  it('refuses report data where the format has none', async () => {
    const evidence = ['--format', 'tpm-quote', '--evidence', '/dev/null', '--report-data', '00'];
    expect(await runAppraise(...evidence)).toMatchObject({
      exitCode: 2,
      report: { error: { code: 'usage' } },
    });
  });

  it('tells people the outcome, and with --report the chain of trust, each claim and why', async () => {
    const short = await runCommand('appraise', ...argv, '--collateral', folder.folder);
    expect(short.out).toContain('genuine (genuine)');
    expect(short.out).not.toContain('measurement');
    const chain = ['--collateral', folder.folder, '--report-data', '01'];
    const long = await runCommand('appraise', ...argv, ...chain, '--report');
    expect(long.exitCode).toBe(1);
    for (const text of [
      'Chain of trust',
      'CN=SEV-VCEK',
      'CN=SEV-Milan',
      'CN=ARK-Milan',
      'pinned root ARK-Milan',
      'not looked up in a revocation list',
      `reportData`,
      `mismatch: got ${'00'.repeat(64)}, wanted 01${'00'.repeat(63)}`,
      'measurement',
      'refused: report-data-mismatch: report data is not what was asked for',
    ]) {
      expect(long.out).toContain(text);
    }
  });

  it('shows no character of the evidence that drives a terminal', async () => {
    const hostile = files.write(JSON.stringify({ variant: '\u001b[2J\u202e', format: '', parts: {} }));
    const { out } = await runCommand('appraise', '--format', 'envelope', '--evidence', hostile, '--report');
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('the process', () => {
  const main = resolve(import.meta.dirname, '../main.ts');
  const run = (...more: readonly string[]) =>
    new Promise<{ exitCode: number; out: string }>((done) => {
      execFile(process.execPath, [main, 'appraise', '--json', ...argv, ...more], (error, out) => {
        done({ exitCode: typeof error?.code === 'number' ? error.code : 0, out });
      });
    });

  it('exits with 0, 1 and 2', async () => {
    const chain = ['--collateral', folder.folder];
    expect(await run(...chain)).toMatchObject({ exitCode: 0 });
    expect(await run(...chain, '--nonce', '01')).toMatchObject({ exitCode: 1 });
    const undecided = await run();
    expect(undecided.exitCode).toBe(2);
    expect(JSON.parse(undecided.out)).toMatchObject({ outcome: 'undecided', code: 'vcek-missing' });
  });
});
