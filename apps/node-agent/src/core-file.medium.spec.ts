import { fromBase64url, utf8 } from '@asterism/bytes';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { useNode } from './testing/node-fixture.ts';
import { searchFile, spellingsOf } from '@asterism/testkit/secrets';

const node = useNode();

/** A plain name: the kernel writes it where the program ran. Else a core file goes to a place or a program of the system. */
const pattern = (await readFile('/proc/sys/kernel/core_pattern', 'utf8')).trim();

describe.skipIf(/^[|/]/.test(pattern))('a core file of an agent whose disk is open', () => {
  it.each([
    ['formatted', false],
    ['opened, and given another key', true],
  ])('S29 shows no secret of the ticket when the disk was %s', async (_, rotated) => {
    const { machine, api } = node;
    if (rotated) {
      machine.start();
      await machine.until(({ state }) => state === 'member');
      await machine.end('SIGTERM');
      await machine.reboot();
      api.cluster.disk.rotate();
    }
    machine.start({ coreFiles: true });
    await machine.until(({ state }) => state === 'member');
    expect((await machine.end('SIGABRT')).signal).toBe('SIGABRT');

    const [core = ''] = (await readdir(machine.directory)).filter((name) => /^core/.test(name));
    const { ticket } = api.cluster.granted.at(-1) ?? {};
    const secrets = new Map([
      ['key', ticket?.stateDisk.key],
      ['measurement secret', ticket?.cluster.measurementSecret],
      ...(rotated ? [['next key', ticket?.stateDisk.next?.key] as const] : []),
    ]);
    const needles = new Map<string, Uint8Array>([
      // What has to be there, or the search would find nothing at all.
      ['node', utf8(ticket?.node.id ?? 'none')],
      ...[...secrets].flatMap(([name, secret]) => spellingsOf(name, fromBase64url(secret ?? ''))),
    ]);
    expect(needles.size).toBe(1 + 5 * secrets.size);
    expect(await searchFile(machine.file(core), needles)).toEqual(['node']);
  });
});
