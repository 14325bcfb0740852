import { homedir } from 'node:os';
import { join } from 'node:path';
import { VENDOR_ROOTS, type CollateralNeed } from '@asterism/attestation';
import {
  AMD_KDS,
  amdKds,
  DirectoryStore,
  INTEL_PCS,
  INTEL_ROOT_CRL,
  intelPcs,
  openCollateral,
  vendorDispatcher,
  type CollectedCollateral,
  type VendorRoots,
} from '@asterism/collateral';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';

/** People wait for it, and a vendor may have asked for a pause. */
const WITHIN_MS = 60_000;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Asks the vendors, or the mirrors that `ASTERISM_AMD_KDS` and `ASTERISM_INTEL_PCS` name, through the usual proxy
 * variables. What was fetched and is current is kept in the user's cache folder, and verified again when it is read.
 */
export async function collectOnline(
  { environment, signal, terminal }: Context,
  needs: readonly CollateralNeed[],
  roots: VendorRoots = VENDOR_ROOTS,
): Promise<CollectedCollateral> {
  const variables: Variables = environment.all;
  const [https, http, none] = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].map(
    (name) => variables[name] || undefined,
  );
  const dispatcher = vendorDispatcher({ https, http, none });
  const kds = addressOf(variables, 'ASTERISM_AMD_KDS');
  const pcs = addressOf(variables, 'ASTERISM_INTEL_PCS');
  const { source } = openCollateral({
    vendors: [
      amdKds(kds ?? AMD_KDS),
      intelPcs({
        base: pcs ?? INTEL_PCS,
        // A PCCS has the root's list beside the rest.
        rootCrl: pcs === undefined ? INTEL_ROOT_CRL : null,
        update: variables['ASTERISM_INTEL_TCB_UPDATE'] === 'early' ? 'early' : 'standard',
      }),
    ],
    roots,
    stores: [await DirectoryStore.open(cacheFolder(variables))],
    dispatcher,
    observer: {
      met: () => undefined,
      failed: () => undefined,
      storeFailed: (error) => terminal.note(`note: the cache folder cannot be used: ${String(error)}`),
    },
    stopping: signal,
  });
  try {
    return await source.collect(needs, { withinMilliseconds: WITHIN_MS, signal });
  } finally {
    await dispatcher.destroy();
  }
}

/** XDG Base Directory Specification. */
function cacheFolder(variables: Variables): string {
  const base = variables['XDG_CACHE_HOME'] || join(variables['HOME'] || homedir(), '.cache');
  return join(base, 'asterism', 'collateral');
}

function addressOf(variables: Variables, name: string): URL | undefined {
  const text = variables[name];
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError('usage', `${name} is not an http address`, { got: text });
}
