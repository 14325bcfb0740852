import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { WORKSPACE } from '../workspace.ts';

/** The document as it is checked in; a running API serves the same at /openapi/. */
export async function printDocument({
  context,
  args: [document = 'operator'],
}: Invocation<object>): Promise<undefined> {
  if (document !== 'operator' && document !== 'agent') {
    throw new UsageError('usage', 'no such document', { got: document, want: 'operator, agent' });
  }
  const text = await readFile(join(WORKSPACE, 'openapi', `${document}.v1.json`), 'utf8');
  if (context.terminal.json) context.terminal.document(JSON.parse(text));
  else context.terminal.say(text.trimEnd());
}
