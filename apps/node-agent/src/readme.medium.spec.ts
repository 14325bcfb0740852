import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { agentConfigurationSchema } from './configuration/agent-configuration.ts';
import { parseConfiguration } from './configuration/read-configuration.ts';
import { sharedConfigurationSchema } from './configuration/shared-configuration.ts';
import { launcherConfigurationSchema } from './launcher/launcher-configuration.ts';

it('the README’s examples are configurations, with every field there is', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const examples = [...readme.matchAll(/```json\n([^]*?)```/g)].map(([, text = '']) => text);
  const schemas = [sharedConfigurationSchema, agentConfigurationSchema, launcherConfigurationSchema] as const;
  expect(examples).toHaveLength(schemas.length);
  for (const [index, schema] of schemas.entries()) {
    const text = examples[index] ?? '';
    expect(parseConfiguration('README.md', text, schema)).toEqual(JSON.parse(text));
    expect(Object.keys(JSON.parse(text) as object)).toEqual(Object.keys(schema.shape));
  }
});
