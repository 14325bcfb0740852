import { VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { EvidenceFiles } from '../testing/evidence-files.ts';
import { runAppraise } from '../testing/run-appraise.ts';
import { commandsFor } from '../testing/vector-commands.ts';
import { readVectors, vectorPath } from '../testing/vectors.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

/** The vector's own command line, with its evidence edited. */
function commandFor(
  id: string,
  edit: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): readonly string[] {
  const vector = readVectors(id.split('/')[0] ?? '').find((one) => one.id === id);
  const [command] = vector === undefined ? [] : commandsFor(vector);
  if (command === undefined) throw new Error(`no vector ${id}`);
  const at = command.argv.indexOf('--evidence') + 1;
  const edited = edit(new Uint8Array(readFileSync(command.argv[at] ?? '')));
  return command.argv.with(at, files.write(edited));
}

describe.skipIf(!VECTORS_PRESENT)('what is derived from public vectors', () => {
  it('S12 refuses another TCB than that of a key whose certificate was issued twice', async () => {
    const reportedTcb = 0x180;
    const argv = commandFor('snp/milan-v3-tav', (bytes) => bytes.with(reportedTcb, 99));
    const { exitCode, report } = await runAppraise(...argv);
    expect([exitCode, report.code]).toEqual([1, 'signature-invalid']);
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'tcb-mismatch' }));
  });

  it('takes certificates that are a part and in the folder of the collateral once', async () => {
    const id = 'gcp/vaportpm-amd-ecc-ak';
    const run = await runAppraise(...commandFor(id), '--collateral', vectorPath(id));
    expect(run).toMatchObject({ exitCode: 0, report: { outcome: 'genuine' } });
  });

  it('takes a quote with its size in front', async () => {
    const sized = commandFor('tpm/keylime-swtpm-rsassa', (quote) => Uint8Array.of(0, quote.length, ...quote));
    expect(await runAppraise(...sized)).toMatchObject({ exitCode: 0, report: { outcome: 'genuine' } });
    const wrong = commandFor('tpm/keylime-swtpm-rsassa', (quote) => Uint8Array.of(1, quote.length, ...quote));
    expect(await runAppraise(...wrong)).toMatchObject({ exitCode: 1, report: { code: 'malformed' } });
  });

  it('S11 tells an issuer that is missing from another one in its place', async () => {
    const own = (file: string): string => vectorPath('azure-tdx-vtpm/v4-azure-90c06f-ak-global-ca03', file);
    const authority = (file: string): string => vectorPath('trust-anchors/azure-vtpm', file);
    const [other, another] = [
      authority('global-virtual-tpm-ca-01.pem'),
      authority('azure-cloud-virtual-tpm-ca-2025.pem'),
    ];
    const argv = [
      ...['--format', 'tpm-quote', '--evidence', own('tpm-quote.msg'), '--at', '2026-02-18T14:04:40Z'],
      ...['--part', `signature=${own('tpm-quote.sig')}`, '--part', `ak-cert=${own('ak-cert.der')}`],
    ];
    const codeWith = async (...collateral: readonly string[]): Promise<string> => {
      const { report } = await runAppraise(...argv, ...collateral.flatMap((file) => ['--collateral', file]));
      return report.code;
    };
    expect(await codeWith(own('ak-intermediate-0.pem'), own('ak-root.pem'))).toBe('genuine');
    expect(await codeWith(own('ak-intermediate-0.pem'))).toBe('certificate-missing');
    expect(await codeWith(own('ak-root.pem'))).toBe('certificate-missing');
    expect(await codeWith(own('ak-root.pem'), other, another)).toBe('certificate-missing');
    expect(await codeWith(own('ak-root.pem'), other)).toBe('certificate-issuer-missing');
  });
});
