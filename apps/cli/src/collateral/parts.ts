import type { CollateralBundle } from '@asterism/contracts';

/** Characters of a part: a request's body has a MiB at most (protocol §7), and nothing here is beyond ASCII. */
const MOST_CHARACTERS = 900_000;

/** A bundle in parts of whole items, in their order. An item that is larger is a part of its own. */
export function partsOf({ schema, items }: CollateralBundle): readonly CollateralBundle[] {
  const parts: CollateralBundle['items'][] = [];
  let [part, size]: [CollateralBundle['items'], number] = [[], 0];
  for (const item of items) {
    const length = JSON.stringify(item).length + 1;
    if (part.length > 0 && size + length > MOST_CHARACTERS) {
      parts.push(part);
      [part, size] = [[], 0];
    }
    part.push(item);
    size += length;
  }
  return [...parts, part].map((some) => ({ schema, items: some }));
}
