/** `drift.ts documents|sdk`: fails where what is checked in is not what the code emits. `npm run contract` mends it. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../build/bundle.ts';
import { DOCUMENTS, emitDocument, type DocumentName } from '../contract/documents.ts';
import { generateSdk, SDK_FOLDER } from '../contract/sdk.ts';

type Files = ReadonlyMap<string, string>;

async function readFolder(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const),
    ),
  );
}

async function documentsDrift(): Promise<string[]> {
  const drifted: string[] = [];
  for (const [name, path] of Object.entries(DOCUMENTS) as [DocumentName, string][]) {
    const checkedIn = await readFile(join(ROOT, path), 'utf8').catch(() => '');
    if (checkedIn !== (await emitDocument(name))) drifted.push(path);
  }
  return drifted;
}

async function sdkDrift(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'asterism-sdk-'));
  try {
    const generated = join(folder, 'generated');
    await generateSdk(await readFile(join(ROOT, DOCUMENTS.operator), 'utf8'), generated);
    const [wanted, got] = [await readFolder(generated), await readFolder(SDK_FOLDER)];
    return [...new Set([...wanted.keys(), ...got.keys()])].filter(
      (path) => wanted.get(path) !== got.get(path),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const CHECKS: Readonly<Record<string, () => Promise<string[]>>> = {
  documents: documentsDrift,
  sdk: sdkDrift,
};
const check = CHECKS[process.argv[2] ?? ''];
if (check === undefined) {
  console.error(`usage: drift.ts ${Object.keys(CHECKS).join('|')}`);
  process.exit(2);
}
const drifted = await check();
for (const path of drifted) console.error(`${path} is not what the code says: npm run contract`);
process.exitCode = drifted.length === 0 ? 0 : 1;
