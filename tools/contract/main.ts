/** `npm run contract`: emits both documents from the code and generates the SDK from the operators' one. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../build/bundle.ts';
import { DOCUMENTS, emitDocument, type DocumentName } from './documents.ts';
import { generateSdk, SDK_FOLDER } from './sdk.ts';

await mkdir(join(ROOT, 'openapi'), { recursive: true });
for (const name of ['operator', 'agent'] satisfies DocumentName[]) {
  const document = await emitDocument(name);
  await writeFile(join(ROOT, DOCUMENTS[name]), document);
  if (name === 'operator') await generateSdk(document, SDK_FOLDER);
}
