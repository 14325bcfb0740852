import { SigstoreInstance } from '@asterism/testkit/sigstore';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-appraise.ts';
import { parseCommentedJson } from './policy-text.ts';
import { PRESETS } from './presets/presets.ts';

const SIGNER = { identity: 'https://github.com/example/images', issuer: 'https://token.example.com' };
const PCRS = ['4', '7', '9', '11', '12'];
const digestOf = (pcr: string) => pcr.padStart(2, '0').repeat(32);
const MEASUREMENTS = Buffer.from(
  JSON.stringify({
    schema: 'asterism/measurements/v1',
    image: 'image 2026.12',
    measurements: [
      {
        variants: ['azure-trusted-launch'],
        tpm: {
          bank: 'sha256',
          pcrs: Object.fromEntries([...PCRS, '1', '15'].map((pcr) => [pcr, [digestOf(pcr)]])),
        },
      },
    ],
  }),
);

let folder: string;
let policy: string;
let sigstore: SigstoreInstance;
const file = (name: string) => join(folder, name);
const preset = PRESETS.find(({ name }) => name === 'azure-trusted-launch')?.text ?? '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-import-'));
  policy = file('policy.jsonc');
  sigstore = await SigstoreInstance.make();
  await writeFile(file('measurements.json'), MEASUREMENTS);
  await writeFile(file('bundle.json'), await sigstore.sign(MEASUREMENTS, SIGNER));
  await writeFile(file('root.json'), sigstore.trustedRoot);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => writeFile(policy, preset));

function run(options: Readonly<Record<string, string>>, ...more: readonly string[]) {
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return runCommand('policy', 'import-measurements', ...words, ...more);
}
const byIdentity = (change: Readonly<Record<string, string>> = {}) => ({
  policy,
  measurements: file('measurements.json'),
  bundle: file('bundle.json'),
  'trusted-root': file('root.json'),
  ...SIGNER,
  ...change,
});
const read = async (path = policy) => parseCommentedJson(await readFile(path, 'utf8'), path);
const valuesOf = (document: unknown, pcr: string) =>
  (document as { tpm: { pcrs: Record<string, { values: unknown }> } }).tpm.pcrs[pcr]?.values;

describe('policies import-measurements', () => {
  it('fills a preset from a signed file, and keeps its comments', async () => {
    const { exitCode, out, err } = await run(byIdentity());
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain('+ tpm.pcrs.4: 1 new of 1');
    expect(out).toContain('tpm.pcrs.1: left out, the policy does not compare it');
    expect(out).toContain('tpm.pcrs.15: left out, the lock is always compared');
    const comments = (text: string) => text.split('\n').filter((line) => line.trim().startsWith('//'));
    expect(comments(await readFile(policy, 'utf8'))).toEqual(comments(preset));
    const document = await read();
    for (const pcr of PCRS) {
      expect(valuesOf(document, pcr)).toEqual([
        {
          digest: digestOf(pcr),
          comment: expect.stringMatching(
            /^image 2026\.12; signed by https:\/\/github\.com\/example\/images \(https:\/\/token\.example\.com\) at .*, log entry \d+; file sha256:[0-9a-f]{16}$/,
          ),
        },
      ]);
    }
    // Nothing else was open in this preset: it is a policy now.
    const again = await runCommand(
      '--json',
      'policy',
      'import-measurements',
      ...Object.entries(byIdentity()).flatMap(([name, value]) => [`--${name}`, value]),
    );
    expect(JSON.parse(again.out)).toMatchObject({ additions: [], open: [] });
  });

  it('gives the values a window, and writes elsewhere where it is asked to', async () => {
    const window = { from: '2026-12-01T00:00:00Z', until: '2027-06-01T00:00:00Z' };
    const out = file('next.jsonc');
    expect((await run(byIdentity({ ...window, out }))).exitCode).toBe(0);
    expect(await readFile(policy, 'utf8')).toBe(preset);
    expect(valuesOf(await read(out), '4')).toEqual([
      expect.objectContaining({ from: '2026-12-01T00:00:00.000Z', until: '2027-06-01T00:00:00.000Z' }),
    ]);
    const second = await run(byIdentity({ out }));
    expect([second.exitCode, second.err]).toEqual([2, expect.stringContaining('file-exists')]);
  });

  it('takes a key in the place of an identity', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(file('cosign.pub'), publicKey.export({ format: 'pem', type: 'spki' }));
    await writeFile(file('signature'), sign('sha256', MEASUREMENTS, privateKey).toString('base64'));
    const signed = {
      policy,
      measurements: file('measurements.json'),
      key: file('cosign.pub'),
      signature: file('signature'),
    };
    expect((await run(signed)).exitCode).toBe(0);
    expect(valuesOf(await read(), '4')).toEqual([
      expect.objectContaining({
        comment: expect.stringMatching(/^image 2026\.12; signed by key sha256:[0-9a-f]{16}; /),
      }),
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['another identity', { identity: 'https://github.com/example' }, 'identity-mismatch'],
    ['another issuer', { issuer: 'https://other.example.com' }, 'issuer-mismatch'],
  ])('S04 writes nothing where the file was signed by %s', async (_, change, code) => {
    const { exitCode, err } = await run(byIdentity(change));
    expect([exitCode, err]).toEqual([1, expect.stringContaining(code)]);
    expect(await readFile(policy, 'utf8')).toBe(preset);
  });

  it('S04 writes nothing where one byte of the file was changed', async () => {
    await writeFile(file('changed.json'), MEASUREMENTS.toString().replace('04', '05'));
    const { exitCode, err } = await run(byIdentity({ measurements: file('changed.json') }));
    expect([exitCode, err]).toEqual([1, expect.stringContaining('digest-mismatch')]);
    expect(await readFile(policy, 'utf8')).toBe(preset);
  });

  it('S06 writes nothing into a policy of another variant', async () => {
    await writeFile(policy, PRESETS.find(({ name }) => name === 'azure-tdx')?.text ?? '');
    const { exitCode, err } = await run(byIdentity());
    expect([exitCode, err]).toEqual([1, expect.stringContaining('variant-mismatch')]);
  });

  it.each<[string, readonly string[]]>([
    ['nobody', ['bundle', 'trusted-root', 'identity', 'issuer']],
    ['no identity', ['identity']],
    ['no issuer', ['issuer']],
    ['no root', ['trusted-root']],
    ['no bundle', ['bundle']],
  ])('S04 verifies by %s never', async (_, missing) => {
    const options: Record<string, string> = byIdentity();
    for (const name of missing) delete options[name];
    const { exitCode, err } = await run(options);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('who signed?')]);
  });

  it('refuses options that contradict each other', async () => {
    const { identity, issuer, ...rest } = byIdentity();
    const cases = [
      byIdentity({ key: file('cosign.pub') }),
      byIdentity({ signature: file('signature') }),
      { ...rest, key: file('cosign.pub'), signature: file('signature') },
      byIdentity({ from: '2027-01-01', until: '2026-01-01' }),
    ];
    expect([identity, issuer]).toEqual([SIGNER.identity, SIGNER.issuer]);
    for (const options of cases) expect((await run(options)).exitCode).toBe(2);
    expect(await readFile(policy, 'utf8')).toBe(preset);
  });
});

describe('platform presets', () => {
  it('shows a preset, and writes it once', async () => {
    const name = 'bare-metal-tdx';
    const shown = await runCommand('platform', 'presets', 'show', name);
    expect(shown.out).toBe(PRESETS.find((one) => one.name === name)?.text);
    const written = file('tdx.jsonc');
    expect((await runCommand('platform', 'presets', 'show', name, '--out', written)).exitCode).toBe(0);
    expect(await readFile(written, 'utf8')).toBe(shown.out);
    expect((await runCommand('platform', 'presets', 'show', name, '--out', written)).exitCode).toBe(2);
  });

  it('lists all of them, and says which there are where one is unknown', async () => {
    const { out } = await runCommand('platform', 'presets');
    for (const { name } of PRESETS) expect(out).toContain(name);
    const unknown = await runCommand('platform', 'presets', 'show', 'moon');
    expect([unknown.exitCode, unknown.err]).toEqual([2, expect.stringContaining('bare-metal-tdx')]);
  });
});

describe('policies diff', () => {
  it('compares two files without an API, and marks what each field does', async () => {
    const [before, after] = [file('before.jsonc'), file('after.jsonc')];
    await run(byIdentity({ out: before }));
    const text = (await readFile(before, 'utf8'))
      .replace('"required"', '"automatic"')
      .replace('"enforce"', '"warn"');
    await writeFile(after, text.replace('300', '60'));
    const { exitCode, out } = await runCommand('policy', 'diff', '--document', before, '--document', after);
    expect(exitCode).toBe(0);
    expect(out.split('\n')).toEqual([
      'approval  loosens',
      '  - "required"',
      '  + "automatic"',
      'reattestationInterval  tightens',
      '  - 300',
      '  + 60',
      'tpm.pcrs.4.mode  loosens',
      '  - "enforce"',
      '  + "warn"',
      '2 loosen, 1 tighten, 0 change what is accepted',
      '',
    ]);
    const same = await runCommand('policy', 'diff', '--document', before, '--document', before);
    expect(same.out).toBe('no difference\n');
  });

  it.each([
    [[]],
    [['workers']],
    [['workers', '1']],
    [['--document', 'a']],
    [['workers', '--document', 'a', '--document', 'b']],
  ])('wants two of something: %j', async (argv) => {
    const { exitCode, err } = await runCommand('policy', 'diff', ...argv);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('compare POOL VERSION')]);
  });
});
