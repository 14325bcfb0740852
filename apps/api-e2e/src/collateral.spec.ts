import { VECTORS } from '@asterism/testkit/vectors';
import { toBase64url, utf8 } from '@asterism/bytes';
import { MINT_AT, mintSnp } from '@asterism/testkit';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { toPem } from '@asterism/x509';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, documentsOf, type Ended } from './commands.ts';

const AMD = join(VECTORS, 'trust-anchors/amd-crl-genoa');

let up: RunningUp;
beforeAll(async () => {
  up = await startUp({ nodes: 1 });
});
afterAll(() => up?.dispose());

const collateral = (...args: string[]): Promise<Ended> => cli(up.readyFile, 'collateral', ...args, '--json');
const item = (kind: string, key: string, content: Uint8Array, issuerChain: string | null) => ({
  ...{ kind, key, issuerChain, source: 'vendor.example', fetchedAt: MINT_AT.toISOString() },
  content: toBase64url(content),
});

async function bundleOf(...items: object[]): Promise<string> {
  const file = join(up.data, 'bundle.json');
  await writeFile(file, JSON.stringify({ schema: 'asterism/collateral/v1', items }));
  return file;
}

describe('asterism collateral', () => {
  it("brings nothing in that is not the vendors'", async () => {
    const machine = await mintSnp();
    const chain = machine.intermediates.map(({ der }) => toPem(der)).join('');
    const file = await bundleOf(item('amd-chain', 'Milan/VCEK', utf8(chain), null));
    const imported = await collateral('import', file);
    expect(imported.code).toBe(1);
    expect(documentsOf(imported)).toMatchObject([
      { imported: [], refused: [{ code: 'collateral-refused' }] },
    ]);
    expect(documentsOf(await collateral('list'))).toEqual([[]]);
  });

  it.skipIf(!existsSync(AMD))(
    "carries AMD's chain from one API to another, and no expired list",
    async () => {
      const pem = async (name: string) => readFile(join(AMD, name), 'utf8');
      const chain = (await pem('ask.pem')) + (await pem('ark.pem'));
      const crl = new Uint8Array(await readFile(join(AMD, 'crl.der')));
      const file = await bundleOf(
        item('amd-chain', 'Genoa/VCEK', utf8(chain), null),
        item('amd-crl', 'Genoa/VCEK', crl, chain),
      );
      const imported = await collateral('import', file);
      expect(imported.code).toBe(2);
      expect(documentsOf(imported)).toMatchObject([
        { imported: [{ kind: 'amd-chain', key: 'Genoa/VCEK' }], refused: [{ code: 'collateral-expired' }] },
      ]);
      const out = join(up.data, 'site.json');
      expect((await collateral('export', '--out', out)).code).toBe(0);
      const again = await collateral('import', out);
      expect(again.code).toBe(0);
      expect(documentsOf(again)).toMatchObject([{ imported: [{ kind: 'amd-chain' }], refused: [] }]);
      const missing = await collateral('export', '--out', out, '--product', 'Genoa');
      expect(missing.code).toBe(2);
      expect(documentsOf(missing)).toMatchObject([{ items: ['amd-chain Genoa/VCEK'] }]);
    },
  );
});
