import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle, ROOT } from '../build/bundle.ts';

export type DocumentName = 'operator' | 'agent';

/** Where each document is checked in, from the root. */
export const DOCUMENTS: Readonly<Record<DocumentName, string>> = {
  operator: 'openapi/operator.v1.json',
  agent: 'openapi/agent.v1.json',
};

/** A document as the controllers say now. Nothing listens and no database is opened. */
export async function emitDocument(name: DocumentName): Promise<string> {
  // Node strips types but knows no decorators, so the controllers are bundled first.
  const outfile = join(ROOT, 'dist/contract', `${name}.js`);
  await bundle({ app: 'api', entry: `documents/${name}-document`, outfile, standalone: false });
  const emitter = (await import(pathToFileURL(outfile).href)) as Record<string, () => unknown>;
  return `${JSON.stringify(emitter[`${name}Document`]?.(), null, 2)}\n`;
}
