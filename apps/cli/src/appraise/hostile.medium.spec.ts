import { VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { EvidenceFiles } from '../testing/evidence-files.ts';
import { runAppraise } from '../testing/run-appraise.ts';
import { commandsFor, FAMILIES } from '../testing/vector-commands.ts';
import { readVectors } from '../testing/vectors.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

/** One genuine piece of evidence of each format that has some. */
const GENUINE = [
  'snp/turin-v5-oak',
  'tdx/v5-go-tdx-guest-90c06f-uptodate',
  'tpm/keylime-swtpm-rsassa',
  'azure-snp-vtpm/milan-v2',
  'azure-tdx-vtpm/v4-azure-90c06f-ak-global-ca03',
  'aws/nitrotpm-vaportpm-with-tpm-quote',
];
const vectors = readVectors(...FAMILIES).filter(({ id }) => GENUINE.includes(id));
const FORMATS = [
  'snp-report',
  'tdx-quote',
  'tpm-quote',
  'azure-hcl',
  'nitro-tpm-document',
  'constellation',
  'envelope',
];
/** Damages of one file: enough to reach every structure, few enough for a minute. */
const DAMAGES = 24;

/** Deterministic, so that what fails once fails again (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Files of a command line, by the position of their argument, with what is before the path. */
function filesIn(argv: readonly string[]): readonly { at: number; prefix: string; path: string }[] {
  return argv.flatMap((text, at) => {
    if (argv[at - 1] === '--evidence') return [{ at, prefix: '', path: text }];
    const [, prefix = '', path = ''] = /^([a-z-]+=)(.+)$/.exec(text) ?? [];
    return argv[at - 1] === '--part' ? [{ at, prefix, path }] : [];
  });
}

async function judged(argv: readonly string[]) {
  const before = process.cpuUsage();
  const { exitCode, report } = await runAppraise(...argv);
  // Of this process alone, so that a loaded machine does not count.
  const { user, system } = process.cpuUsage(before);
  return { exitCode, report, milliseconds: (user + system) / 1000 };
}

describe.skipIf(!VECTORS_PRESENT)('S09 damaged files of genuine evidence', () => {
  for (const vector of vectors) {
    for (const { argv } of commandsFor(vector)) {
      it(`${vector.id}: each is answered at once with an outcome, and refused where evidence is cut`, async () => {
        const random = randomFrom(vector.id.length);
        const [evidence] = filesIn(argv);
        for (const { at, prefix, path } of filesIn(argv)) {
          const bytes = new Uint8Array(readFileSync(path));
          for (let round = 0; round < DAMAGES; round++) {
            const damaged = damage(bytes, round, random);
            const changed = argv.map((text, i) =>
              i === at ? prefix + files.write(damaged, 'damaged') : text,
            );
            const { exitCode, report, milliseconds } = await judged(changed);
            expect(report.error?.code ?? 'file-malformed').toBe('file-malformed');
            expect(report.error === undefined || exitCode === 2).toBe(true);
            expect(milliseconds).toBeLessThan(1000);
            if (at === evidence?.at && round % 3 === 0) expect(exitCode).toBe(1);
          }
        }
      });
    }
  }
});

/** A cut, a flipped bit, or a run of other bytes, in turns. */
function damage(bytes: Uint8Array, round: number, random: () => number): Uint8Array {
  // What is behind may be the padding of an NV index, which nobody misses.
  const length = bytes.findLastIndex((byte) => byte !== 0);
  const place = Math.floor(random() * length);
  if (round % 3 === 0) return bytes.slice(0, place);
  const damaged = new Uint8Array(bytes);
  if (round % 3 === 1) damaged[place] = (damaged[place] ?? 0) ^ (1 << Math.floor(random() * 8));
  else damaged.fill(Math.floor(random() * 256), place, place + 8);
  return damaged;
}

describe.each(FORMATS)('S09 files that are no %s', (format) => {
  const junk: readonly (readonly [title: string, content: () => Uint8Array | string])[] = [
    ['nothing', () => ''],
    ['a text', () => 'this is no evidence'],
    ['hexadecimal of evidence', () => '02000000'.repeat(300)],
    ['zeros', () => new Uint8Array(1184)],
    ['ones', () => new Uint8Array(5000).fill(0xff)],
    ['random bytes', () => Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) & 0xff)],
    ['deep JSON', () => '['.repeat(200_000)],
    ['deep JSON of objects', () => '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
    ['deep CBOR', () => new Uint8Array(16_000).fill(0x81)],
    ['four megabytes', () => new Uint8Array(4 << 20).fill(0x30)],
  ];
  it.each(junk)('%s: refused at once, with a code', async (_title, content) => {
    const argv = ['--format', format, '--evidence', files.write(content(), 'junk')];
    const { exitCode, report, milliseconds } = await judged(argv);
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({ outcome: 'refused', code: expect.stringMatching(/^[a-z-]+$/) as string });
    expect(milliseconds).toBeLessThan(1000);
  });

  it('more than four megabytes: bad usage', async () => {
    const large = files.write(new Uint8Array((4 << 20) + 1), 'large');
    const { exitCode, report } = await judged(['--format', format, '--evidence', large]);
    expect([exitCode, report.error?.code]).toEqual([2, 'file-malformed']);
  });

  it('a folder, or no file: bad usage', async () => {
    for (const path of [files.folder, '/nonexistent/evidence']) {
      const { exitCode, report } = await judged(['--format', format, '--evidence', path]);
      expect([exitCode, report.error?.code]).toEqual([2, 'file-unreadable']);
    }
  });
});
