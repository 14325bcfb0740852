import type { KeyMirrorSection } from '../configuration/configuration.ts';
import type { AttemptOptions } from '../facade/attempts.ts';
import type { KeyMirror } from './key-mirror.ts';
import { mirrorOf } from './mirror-of.ts';
import type { ObjectStore } from './object-store.ts';

type Section<Kind> = Extract<KeyMirrorSection, { kind: Kind }>;
type Open<Kind> = (section: Section<Kind>) => Promise<ObjectStore>;

/** Imported at the first use, as the providers' clients are. */
const STORES: { readonly [Kind in KeyMirrorSection['kind']]: () => Promise<Open<Kind>> } = {
  s3: async () => (await import('./s3/open-s3-store.ts')).openS3Store,
  'azure-blob': async () => (await import('./azure-blob/open-azure-blob-store.ts')).openAzureBlobStore,
  gcs: async () => (await import('./gcs/open-gcs-store.ts')).openGcsStore,
};

/**
 * Opens what the configuration names; it asks the service nothing.
 * @throws KekError `kek-configuration-invalid` where a file that the section names cannot be read or used
 */
export async function openKeyMirror(section: KeyMirrorSection, options: AttemptOptions): Promise<KeyMirror> {
  const open = (await STORES[section.kind]()) as Open<typeof section.kind>;
  return mirrorOf(section.kind, section.prefix, await open(section as never), options);
}
