import type { Addition } from '@asterism/reference-values';
import { applyEdits, modify } from 'jsonc-parser';

const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };

/** Writes the lists into the text of a document; comments and everything else stay as they are. */
export function editDocument(text: string, additions: readonly Addition[]): string {
  return additions.reduce(
    (edited, { path, values }) =>
      applyEdits(edited, modify(edited, [...path], values, { formattingOptions })),
    text,
  );
}
