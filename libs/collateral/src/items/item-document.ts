import { BytesError, fromBase64url, toBase64url } from '@asterism/bytes';
import type { CollateralItemDocument } from '@asterism/contracts';
import { CollateralInputError } from '../errors.ts';
import type { CollateralItem } from './item.ts';
import { needKey, parseNeed } from './need-key.ts';

/** An item as files, bundles and the operator API have it. */
export function toItemDocument({
  need,
  fetchedAt,
  content,
  issuerChain,
}: CollateralItem): CollateralItemDocument {
  return { ...needKey(need), fetchedAt: fetchedAt.toISOString(), content: toBase64url(content), issuerChain };
}

/** Not verified. @throws CollateralInputError `need-malformed`, `item-malformed` */
export function fromItemDocument(document: CollateralItemDocument): CollateralItem {
  const { fetchedAt, issuerChain } = document;
  const need = parseNeed(document);
  try {
    return { need, fetchedAt: new Date(fetchedAt), content: fromBase64url(document.content), issuerChain };
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    throw new CollateralInputError('item-malformed', `${document.kind} ${document.key}: not base64url`, {
      cause,
    });
  }
}
