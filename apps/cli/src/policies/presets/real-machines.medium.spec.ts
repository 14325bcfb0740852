import { VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAppraise } from '../../testing/run-appraise.ts';
import { readVectors, vectorPath } from '../../testing/vectors.ts';
import { placeholdersOf } from '../placeholder.ts';
import { parseCommentedJson } from '../policy-text.ts';
import { PRESETS } from './presets.ts';

type Claims = { readonly [name: string]: unknown };

interface RealMachine {
  readonly preset: string;
  readonly vector: string;
  readonly format: string;
  readonly evidence: string;
  readonly parts: readonly string[];
}

/** Evidence of machines of the kind that a preset is for; what a machine measures is filled in from it. */
const MACHINES: readonly RealMachine[] = [
  {
    preset: 'azure-sev-snp',
    vector: 'azure-snp-vtpm/genoa-v3',
    format: 'azure-hcl',
    evidence: 'hcl-report.bin',
    parts: ['quote=tpm-quote.msg', 'signature=tpm-quote.sig', 'pcrs=pcrs.json'],
  },
  ...['genoa-v5-oak', 'turin-v5-oak'].map((name) => ({
    preset: `bare-metal-sev-snp-${name.split('-')[0] ?? ''}`,
    vector: `snp/${name}`,
    format: 'snp-report',
    evidence: 'report.bin',
    parts: [],
  })),
  {
    preset: 'bare-metal-tdx',
    vector: 'tdx/v4-phala-b0c06f-uptodate',
    format: 'tdx-quote',
    evidence: 'quote.bin',
    parts: [],
  },
];

/** They come without AMD's list, a nonce or an event log, and with PCRs that nobody would ask for. */
const OF_CAPTURES = /^(?:snp\.revocation|tdx\.event-log|reportData|tpm\.|tpmQuote|collateral)/;
const TCB_PARTS = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'];

describe.skipIf(!VECTORS_PRESENT)('a preset that is filled in from a real machine', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asterism-presets-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(MACHINES)(
    '$preset accepts the hardware of $vector',
    async ({ preset, vector, format, ...machine }) => {
      const at = readVectors(vector.split('/')[0] ?? '').find(({ id }) => id === vector)?.verifyAt ?? '';
      const parts = machine.parts.flatMap((part) => {
        const [name, file] = part.split('=');
        return ['--part', `${name}=${vectorPath(vector, file)}`];
      });
      const command = [
        ...['--format', format, '--evidence', vectorPath(vector, machine.evidence), ...parts],
        ...['--collateral', vectorPath(vector), '--at', at],
      ];
      const { claims } = (await runAppraise(...command)).report;
      const findings = async (filled: unknown) => {
        const policy = join(folder, `${preset}.json`);
        await writeFile(policy, JSON.stringify(filled));
        const { report } = await runAppraise(...command, '--policy', policy);
        expect(report.error).toBeUndefined();
        return report.findings.filter(({ claim }) => !OF_CAPTURES.test(claim));
      };
      const text = PRESETS.find(({ name }) => name === preset)?.text ?? '';
      expect(await findings(fill(text, claims as Claims))).toEqual([]);
      // And it is this that decides: another image on the same machine is refused.
      const other = JSON.stringify(fill(text, claims as Claims)).replace(/"digest":"./g, '"digest":"0');
      expect((await findings(JSON.parse(other))).length).toBeGreaterThan(0);
    },
  );
});

function fill(text: string, claims: Claims): unknown {
  const document = parseCommentedJson(text, 'preset');
  for (const { path } of placeholdersOf(document)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Claims>((value, key) => value[key] as Claims, document as Claims);
    (parent as Record<string, unknown>)[last] = valueFor(keys, last, claims);
  }
  return document;
}

function valueFor(keys: readonly string[], last: string, claims: Claims): unknown {
  const hardware = (claims['snp'] ?? claims['tdx'] ?? claims) as Claims;
  if (last === 'values') {
    const register = keys.at(-1) ?? '';
    const bank = ((claims['pcrs'] as Claims | undefined)?.['sha256'] ?? {}) as Claims;
    return [{ digest: keys[0] === 'tpm' ? bank[register] : hardware[register], comment: 'as captured' }];
  }
  const tcb = hardware[`${last}Tcb`] as Claims;
  return Object.fromEntries(TCB_PARTS.map((part) => [part, tcb[part] ?? 0]));
}
