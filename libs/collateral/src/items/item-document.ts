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
  ...rest
}: CollateralItem): CollateralItemDocument {
  return {
    ...needKey(need),
    ...rest,
    fetchedAt: fetchedAt.toISOString(),
    content: toBase64url(content),
  };
}

/** Not verified. @throws CollateralInputError `need-malformed`, `item-malformed` */
export function fromItemDocument(document: CollateralItemDocument): CollateralItem {
  const { fetchedAt, source, issuerChain } = document;
  const need = parseNeed(document);
  try {
    const content = fromBase64url(document.content);
    return { need, fetchedAt: new Date(fetchedAt), source, content, issuerChain };
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    throw new CollateralInputError('item-malformed', `${document.kind} ${document.key}: not base64url`, {
      cause,
    });
  }
}
