import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kekConfigurationSchema } from './configuration.ts';
import { nameWrongFields } from './read-configuration.ts';

const OPERATIONS = resolve(import.meta.dirname, '../../../../docs/operations.md');

/** Every example of the format in the documentation. */
async function examples(): Promise<unknown[]> {
  const blocks = (await readFile(OPERATIONS, 'utf8')).matchAll(/^```json\n(.*?)^```/gms);
  const parsed = [...blocks].map(([, text = '']) => JSON.parse(text) as { schema?: unknown });
  return parsed.filter(({ schema }) => schema === 'asterism/kek/v1');
}

type Document = { providers: Record<string, Record<string, unknown>>; mirrors: Record<string, unknown> };

/** The documented example with something wrong in it, and what is said of it. */
async function saidOf(spoil: (document: Document) => void): Promise<string> {
  const document = structuredClone((await examples())[0]) as Document;
  spoil(document);
  const parsed = kekConfigurationSchema.safeParse(document);
  return parsed.success ? 'accepted' : nameWrongFields(parsed.error);
}

describe('configuration of KEK providers', () => {
  it('is as it is documented', async () => {
    const documents = await examples();
    expect(documents.length).toBeGreaterThan(0);
    for (const document of documents)
      expect(kekConfigurationSchema.safeParse(document).error).toBeUndefined();
  });

  it.each<[string, (document: Document) => void, string]>([
    [
      'an unknown kind',
      ({ providers }) => Object.assign(providers['aws'] ?? {}, { kind: 'other' }),
      'providers.aws.kind: ',
    ],
    [
      'an alias',
      ({ providers }) => Object.assign(providers['aws'] ?? {}, { key: 'alias/asterism' }),
      'providers.aws.key: ',
    ],
    [
      'plain HTTP to somewhere else',
      ({ providers }) => Object.assign(providers['aws'] ?? {}, { endpoint: 'http://kms.example.com' }),
      'providers.aws.endpoint: is no https origin',
    ],
    [
      'an address with a path',
      ({ providers }) => Object.assign(providers['google'] ?? {}, { endpoint: 'https://kms.example.com/v1' }),
      'providers.google.endpoint: is no https origin',
    ],
    [
      'a key of a vault without TLS',
      ({ providers }) =>
        Object.assign(providers['azure'] ?? {}, { key: 'http://example.vault.azure.net/keys/a' }),
      'providers.azure.key: is no key identifier',
    ],
    [
      'a name that is none',
      ({ providers }) => Object.assign(providers, { 'A b': providers['aws'] }),
      'providers.A b: ',
    ],
    [
      'a relative path',
      ({ providers }) =>
        Object.assign(providers['google'] ?? {}, { credentials: { source: 'file', file: 'a.json' } }),
      'providers.google.credentials.file: is no absolute path',
    ],
    [
      'a folder that leads out',
      ({ mirrors }) => Object.assign(mirrors['gcs'] ?? {}, { prefix: '/a/' }),
      'mirrors.gcs.prefix: ',
    ],
    ['another format', (document) => Object.assign(document, { schema: 'asterism/kek/v2' }), 'schema: '],
  ])('names the field of %s', async (_, spoil, said) => {
    expect(await saidOf(spoil)).toContain(said);
  });

  it('S29 takes no secret, and does not repeat one', async () => {
    const secret = 'wJalrXUtnFEMI';
    const said = await saidOf(({ providers }) => {
      Object.assign(providers['aws'] ?? {}, { credentials: { source: 'default', secretAccessKey: secret } });
      Object.assign(providers['azure'] ?? {}, { credentials: { source: 'client-secret', secret } });
    });
    expect(said).toContain('providers.aws.credentials: ');
    expect(said).toContain('providers.azure.credentials.file: ');
    expect(said).not.toContain(secret);
  });
});
