import { canonicalJson, CodedError, fromUtf8 } from '@asterism/bytes';
import { collateralBundleSchema, type CollateralBundle } from '@asterism/contracts';
import { CollateralInputError, isCollateralError, type CollateralError } from '../errors.ts';
import { fromItemDocument, toItemDocument } from '../items/item-document.ts';
import type { CollateralItem, VerifiedItem } from '../items/item.ts';

/** Collateral to carry to a site that has no way to the vendors. */
export function toBundle(items: readonly CollateralItem[]): CollateralBundle {
  return { schema: 'asterism/collateral/v1', items: items.map(toItemDocument) };
}

/** One file, the same for the same items (RFC 8785). */
export function writeBundle(bundle: CollateralBundle): string {
  return `${canonicalJson(bundle)}\n`;
}

/** Not verified: that is `importBundle`'s. @throws CollateralInputError `item-malformed` */
export function readBundle(bytes: Uint8Array): CollateralBundle {
  const read = collateralBundleSchema.safeParse(parse(bytes));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = (issue?.path ?? []).join('.').slice(0, 200);
  throw new CollateralInputError('item-malformed', `not a bundle of collateral: ${path}`, {
    cause: read.error,
  });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof CodedError)) throw cause;
    throw new CollateralInputError('item-malformed', 'not JSON', { cause });
  }
}

export interface Imported {
  readonly admitted: readonly VerifiedItem[];
  /** Expired, forged or malformed ones, which are left out. */
  readonly refused: readonly {
    readonly kind: string;
    readonly key: string;
    readonly error: CollateralError;
  }[];
}

/** Each item by itself: one that is refused keeps none of the others out. */
export async function importBundle(
  { items }: CollateralBundle,
  admit: (item: CollateralItem) => Promise<VerifiedItem>,
): Promise<Imported> {
  const admitted: VerifiedItem[] = [];
  const refused: Imported['refused'][number][] = [];
  for (const document of items) {
    try {
      admitted.push(await admit(fromItemDocument(document)));
    } catch (error) {
      if (!isCollateralError(error)) throw error;
      refused.push({ kind: document.kind, key: document.key, error });
    }
  }
  return { admitted, refused };
}
